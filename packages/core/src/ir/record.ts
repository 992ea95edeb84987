import { Tensor } from "../tensor.ts";
import type { Aval } from "./aval.ts";
import type { Ir } from "./ir.ts";
import { Trace, withTrace } from "./trace.ts";

/** Records what `fn` does to values of the given types as a program (decompositions and rewrites of compilers). */
export const recordIr = (avals: readonly Aval[], fn: (inputs: readonly Tensor[]) => readonly Tensor[]): Ir => {
  const trace = new Trace("all");
  const inputs = avals.map((aval) => Tensor.traced(trace, trace.addInput(aval)));
  return withTrace(trace, () => trace.finish(fn(inputs)));
};
