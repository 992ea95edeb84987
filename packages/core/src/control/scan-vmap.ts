import type { Ir } from "../ir/ir.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import type { Batched, MappedAxis } from "../primitives/primitive.ts";
import type { Tensor } from "../tensor.ts";
import { evalBatched, withBatchAxis } from "../transforms/eval-batched.ts";
import { avalsOf, fixpoint } from "./lists.ts";
import { cut, type RunScan, type ScanParams } from "./scan-params.ts";

type BatchedBody = { readonly body: Ir; readonly batched: readonly boolean[] };

/** The body with inputs batched as in `on`; a carry that is batched on the way in is so on the way out. */
const batchedBody = (
  { body }: ScanParams,
  on: readonly boolean[],
  carry: readonly boolean[],
  axis: MappedAxis,
): BatchedBody => {
  const avals = avalsOf(body.inputs).map((aval, i) =>
    on[i] === true ? { ...aval, shape: [axis.size, ...aval.shape] } : aval,
  );
  let batched: readonly boolean[] = [];
  const traced = traceFlat(avals, (inputs) => {
    const result = evalBatched(body, inputs, on, axis);
    batched = result.batched.map((flag, i) => flag || carry[i] === true);
    return result.outputs.map((y, i) =>
      batched[i] === true ? withBatchAxis(y, result.batched[i] === true, axis) : y,
    );
  });
  return { body: traced, batched };
};

const swapFront = (x: Tensor): Tensor =>
  x.transpose([1, 0, ...x.shape.slice(2).map((_, i) => i + 2)]);

/** Batching rule of `scan`: the mapped axis rides inside the carry and behind the leading axis of sequences. */
export const scanVmap = (
  run: RunScan,
  inputs: readonly Tensor[],
  batched: readonly boolean[],
  params: ScanParams,
  axis: MappedAxis,
): Batched => {
  const { numCarry } = params;
  const flags = cut(batched, params);
  const bodyFor = (carry: readonly boolean[]): BatchedBody =>
    batchedBody(params, [...flags.consts, ...carry, ...flags.xs], carry, axis);
  const carry = fixpoint(flags.carry, (on) => bodyFor(on).batched.slice(0, numCarry));
  const { body, batched: out } = bodyFor(carry);
  const own = cut(inputs, params);
  const state = own.carry.map((x, i) =>
    carry[i] === true ? withBatchAxis(x, flags.carry[i] === true, axis) : x,
  );
  const xs = own.xs.map((x, i) => (flags.xs[i] === true ? swapFront(x) : x)); // (B, L, ...) -> (L, B, ...)
  const results = run([...own.consts, ...state, ...xs], { ...params, body });
  const outputs = results.map((y, i) => (i >= numCarry && out[i] === true ? swapFront(y) : y));
  return { outputs, batched: out };
};
