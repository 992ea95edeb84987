import { isFloat } from "../dtype.ts";
import { NanError } from "../errors.ts";
import { setRecordSites } from "../ir/trace.ts";
import type { HostArray } from "../host-array.ts";
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
export const checkNans = (operation: string, buffers: readonly Buffer[]): void => {
  if (!enabled) return;
  const floats = buffers.filter((buffer) => isFloat(buffer.aval.dtype));
  checkArrayNans(
    operation,
    floats.map((buffer) => buffer.readSync()),
  );
};

/** As `checkNans`, for host arrays; `site` is the line that the operation was traced at. */
export const checkArrayNans = (
  operation: string,
  arrays: readonly HostArray[],
  site?: string,
): void => {
  if (!enabled) return;
  const bad = arrays.find((array) => isFloat(array.dtype) && array.data.some(Number.isNaN));
  if (bad === undefined) return;
  throw new NanError({
    operation,
    rule: "gave a NaN",
    got: `${formatAval(bad)}${site === undefined ? "" : ` made at ${site}`}`,
    fix: "look at its operands",
  });
};
