import { isFloat } from "../dtype.ts";
import { NanError } from "../errors.ts";
import { setRecordSites } from "../ir/trace.ts";
import { formatAval } from "../ir/aval.ts";
import type { Buffer } from "./backend.ts";

let enabled = false;

/** Whether `debugNans` is on. */
export const isDebuggingNans = (): boolean => enabled;

/**
 * Runs `fn` so that the first operation giving a NaN throws NanError naming it, inside `jit` too
 * (compiled programs then run operation by operation). Needs a backend that reads at once.
 *
 * ```ts doctest
 * import { debugNans, log, tensor } from "@adjoint/core";
 * let message = "";
 * try { debugNans(() => log(tensor([-1]))); } catch (error) { message = String(error); }
 * message.includes("log: gave a NaN"); // => true
 * ```
 */
export const debugNans = <R>(fn: () => R): R => {
  const before = enabled;
  enabled = true;
  setRecordSites(true);
  try {
    return fn();
  } finally {
    enabled = before;
    setRecordSites(before);
  }
};

/** Throws NanError when `debugNans` is on and a result of `operation` holds a NaN. */
export const checkNans = (operation: string, buffers: readonly Buffer[], site?: string): void => {
  if (!enabled) return;
  for (const buffer of buffers) {
    if (!isFloat(buffer.aval.dtype) || !buffer.readSync().data.some(Number.isNaN)) continue;
    throw new NanError({
      operation,
      rule: "gave a NaN",
      got: `${formatAval(buffer.aval)}${site === undefined ? "" : ` made at ${site}`}`,
      fix: "look at its operands",
    });
  }
};
