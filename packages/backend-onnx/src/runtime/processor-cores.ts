import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

const numberAfter = (name: string, text: string): number | undefined => {
  const found = new RegExp(`^${name}\\s*:\\s*(\\d+)`, "m").exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

const readInfo = (): string | undefined => {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return undefined;
  }
};

/**
 * Cores that this process may use, where Linux says how many of its processors share a core (`siblings` for `cpu cores` of a socket);
 * undefined elsewhere. ONNX Runtime counts them too, but takes two processors of some virtual machines for one core.
 */
export const processorCores = (
  info: string | undefined = readInfo(),
  processors: number = availableParallelism(),
): number | undefined => {
  const [siblings, cores] = ["siblings", "cpu cores"].map((name) => numberAfter(name, info ?? ""));
  if (siblings === undefined || cores === undefined || siblings < 1) return undefined;
  return Math.max(1, Math.floor((processors * Math.min(cores, siblings)) / siblings));
};
