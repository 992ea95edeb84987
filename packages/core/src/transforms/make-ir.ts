import { formatIr } from "../ir/format-ir.ts";
import type { Ir } from "../ir/ir.ts";
import { traceFunction } from "./trace-function.ts";

/** A traced program that prints itself. */
export type PrintableIr = Ir & { toString(): string };

/**
 * Traces `fn` and gives the program, which prints readably.
 *
 * ```ts doctest
 * import { makeIr, tensor } from "@adjoint/core";
 * const f = (x: ReturnType<typeof tensor>) => x.mul(2).sum();
 * makeIr(f)(tensor([1, 2])).toString();
 * // => "{ (a: float32[2]) =>\n  b: float32[2] = mul a 2\n  c: float32[] = sum[axes=[0]] b\n  return c }"
 * ```
 */
export const makeIr =
  <A extends readonly unknown[]>(fn: (...args: A) => unknown): ((...args: A) => PrintableIr) =>
  (...args) => {
    const { ir } = traceFunction("makeIr", fn, args);
    return { ...ir, toString: () => formatIr(ir) };
  };
