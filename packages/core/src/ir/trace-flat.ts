import { Tensor } from "../tensor.ts";
import type { Aval } from "./aval.ts";
import type { Ir } from "./ir.ts";
import { Trace, withTrace } from "./trace.ts";

/** Records what `fn` does to inputs of the given types. */
export const traceFlat = (
  avals: readonly Aval[],
  fn: (inputs: readonly Tensor[]) => readonly Tensor[],
): Ir => {
  const trace = new Trace("all");
  const inputs = avals.map((aval) => Tensor.traced(trace, trace.addInput(aval)));
  const outputs = withTrace(trace, () => fn(inputs));
  return trace.finish(outputs);
};
