import { ArgumentError } from "@adjoint/core";
import { traceFunction } from "@adjoint/core/backend";
import { leafCount } from "@adjoint/core/tree";
import { currentWebgpu } from "./current-webgpu.ts";
import { programReport } from "./program-report.ts";
import type { Report } from "./report.ts";

/** Settings of `explainWith`. */
export type ExplainOptions = {
  /** Arguments whose storage the result may reuse, as in `jit`. */
  readonly donateArgnums?: readonly number[];
  /** Name in the report; the function's own by default. */
  readonly name?: string;
};

/**
 * As `explain`, with settings of `jit` in front. Throws ArgumentError where a donated argument is not there.
 *
 * @example
 * explainWith({ donateArgnums: [0, 1] }, step, params, state, batch).totals.stateBytes;
 */
export const explainWith = <A extends readonly unknown[]>(
  { donateArgnums = [], name }: ExplainOptions,
  fn: (...args: A) => unknown,
  ...args: A
): Report => {
  const backend = currentWebgpu("explain");
  const wrong = donateArgnums.find((n) => !Number.isInteger(n) || n < 0 || n >= args.length);
  if (wrong !== undefined)
    throw new ArgumentError({
      operation: "explain",
      rule: "donateArgnums must count arguments of the call from 0",
      got: `${wrong} of ${args.length}`,
    });
  const { ir, args: flat } = traceFunction("explain", fn, args);
  const counts = flat.structure.kind === "list" ? flat.structure.children.map(leafCount) : [];
  const donated = [
    ...ir.captures.map(() => false),
    ...counts.flatMap((count, i) => Array.from({ length: count }, () => donateArgnums.includes(i))),
  ];
  const program = backend.plan(ir, { donated, name: name ?? (fn.name || "program") });
  return programReport(program, backend.runtime);
};

/**
 * Compiles `fn` for the current WebGPU backend and says what a run of it would do, without running it: which kernels in which
 * order, on what, with how many flops and bytes, and how much memory. Inside, `jit` is transparent. Kernels have their shader
 * as `wgsl`. Throws BackendError when the current backend is another one, and what `fn` throws.
 *
 * @example
 * const report = explain(loss, params, batch);
 * console.log(String(report)); // a table
 * report.kernels[0]?.wgsl;
 */
export const explain = <A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  ...args: A
): Report => explainWith({}, fn, ...args);
