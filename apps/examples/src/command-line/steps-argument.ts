import { parseArgs } from "node:util";
import { withUsage } from "./run-command.ts";
import { wholeNumber } from "./whole-number.ts";

/** The steps of a command whose only argument they are; throws Error, with the usage, for all else. */
export const stepsArgument = (
  command: string,
  args: readonly string[],
  otherwise: number,
): number =>
  withUsage(`usage: ${command} [steps]`, () => {
    const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
    const [steps = String(otherwise), ...others] = positionals;
    if (others.length > 0) throw new Error(`there is one argument, got ${positionals.join(" ")}`);
    return wholeNumber("steps", steps, 1);
  });
