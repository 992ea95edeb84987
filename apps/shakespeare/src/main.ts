import { AdjointError } from "@adjoint/core";
import { RunError, UsageError } from "./errors.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { runShakespeare } from "./run.ts";

/**
 * Ctrl-C, an end asked for by the system, or an output that nobody reads any more: once asks the run to save and stop;
 * a second signal, or one when there is nothing left to save, ends the process.
 */
const interruption = () => {
  const controller = new AbortController();
  let trained = false;
  const ask = (): void => {
    if (trained || controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, ask);
  process.stdout.on("error", () => controller.abort());
  return { signal: controller.signal, onTrained: () => void (trained = true) };
};

const start = async (options: Options): Promise<void> => {
  if (options.help) return console.log(usage);
  const { signal, onTrained } = interruption();
  await runShakespeare(options, signal, onTrained);
};

/** What a person is told; the stack only of what nobody foresaw. */
const explain = (error: unknown): string => {
  if (error instanceof UsageError) return `${error.message}\n\n${usage}`;
  if (error instanceof RunError) return error.message;
  if (error instanceof AdjointError) return error.message.split("\n")[0] ?? error.name;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

try {
  await start(readOptions(process.argv.slice(2)));
  process.exit(0);
} catch (error) {
  console.error(explain(error));
  process.exit(error instanceof UsageError ? 2 : 1);
}
