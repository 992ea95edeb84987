import type { Ir, Var } from "../ir/ir.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import type { Tangent, TransposeInput } from "../primitives/primitive.ts";
import type { Tensor } from "../tensor.ts";
import { transposeLinear, zerosOf } from "../transforms/linear-program.ts";
import { avalsOf, filled, groups, negate, present, spread, where } from "./lists.ts";
import { cut, type RunScan, type ScanParams } from "./scan-params.ts";

const valuesOf = (
  variables: readonly Var[],
  tensors: readonly Tensor[],
): ReadonlyMap<Var, Tensor> =>
  new Map(
    variables.flatMap((v, i) => (tensors[i] === undefined ? [] : [[v, tensors[i]] as const])),
  );

/** One step backwards: known constants | cotangents of the carry, sums for constants | known elements, cotangents of outputs. */
const backwardBody = (params: ScanParams, linear: readonly boolean[]): Ir => {
  const { body, numCarry } = params;
  const vars = cut(body.inputs, params);
  const lin = cut(linear, params);
  const known = [...where(vars.consts, negate(lin.consts)), ...where(vars.xs, negate(lin.xs))];
  const [linearConsts, linearXs] = [where(vars.consts, lin.consts), where(vars.xs, lin.xs)];
  const numKnownConsts = vars.consts.length - linearConsts.length;
  const lists = [
    known.slice(0, numKnownConsts),
    body.outputs.slice(0, numCarry),
    linearConsts,
    known.slice(numKnownConsts),
    body.outputs.slice(numCarry),
  ].map(avalsOf);
  return traceFlat(lists.flat(), (inputs) => {
    const [consts = [], ctCarry = [], sums = [], xs = [], ctYs = []] = groups(
      inputs,
      ...lists.map((l) => l.length),
    );
    const values = valuesOf(known, [...consts, ...xs]);
    const cts = cut(transposeLinear(body, [...ctCarry, ...ctYs], values), params);
    const more = where(cts.consts, lin.consts);
    return [
      ...filled(cts.carry, avalsOf(vars.carry)),
      ...sums.map((sum, i) => (more[i] === null || more[i] === undefined ? sum : sum.add(more[i]))),
      ...filled(where(cts.xs, lin.xs), avalsOf(linearXs)),
    ];
  });
};

/** Transpose of a linear scan: a scan the other way that sums cotangents of constants in its carry. */
export const scanTranspose = (
  run: RunScan,
  cotangents: readonly Tangent[],
  inputs: readonly TransposeInput[],
  params: ScanParams,
): readonly Tangent[] => {
  const { body, numCarry, numConsts, length } = params;
  // a tangent carry that starts at a known value starts at zero: linear all the same, only nobody asks for its cotangent
  const linear = inputs.map(
    (input, i) => input.linear || (i >= numConsts && i < numConsts + numCarry),
  );
  const lin = cut(linear, params);
  const own = cut(
    inputs.map((input) => (input.linear ? null : input.value)),
    params,
  );
  const stacked = body.outputs
    .slice(numCarry)
    .map(({ aval }) => ({ ...aval, shape: [length, ...aval.shape] }));
  const cts = filled(cotangents, [...avalsOf(body.outputs.slice(0, numCarry)), ...stacked]);
  const sums = where(cut(body.inputs, params).consts, lin.consts).map((v) => zerosOf(v.aval));
  const consts = present(own.consts);
  const results = run(
    [...consts, ...cts.slice(0, numCarry), ...sums, ...present(own.xs), ...cts.slice(numCarry)],
    {
      body: backwardBody(params, linear),
      numConsts: consts.length,
      numCarry: numCarry + sums.length,
      length,
      reverse: !params.reverse,
    },
  );
  const [ctCarry = [], ctConsts = []] = groups(results, numCarry, sums.length);
  return [
    ...spread(ctConsts, lin.consts),
    ...ctCarry,
    ...spread(results.slice(numCarry + sums.length), lin.xs),
  ];
};
