import type { Ir } from "../ir/ir.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import type { Dual, Tangent } from "../primitives/primitive.ts";
import type { Tensor } from "../tensor.ts";
import { evalJvp } from "../transforms/eval-jvp.ts";
import { avalsOf, filled, groups, present, spread, where } from "./lists.ts";
import {
  type Activity,
  activityOf,
  cut,
  floatOutputs,
  type RunScan,
  type ScanParams,
  seedsOf,
} from "./scan-params.ts";

/** The body over values and tangents: each of constants, carry and sequences followed by its tangents. */
const jointBody = (params: ScanParams, { parts, carry }: Activity): Ir => {
  const { body, numCarry } = params;
  const own = cut(avalsOf(body.inputs), params);
  const lists = [
    own.consts,
    where(own.consts, parts.consts),
    own.carry,
    where(own.carry, carry),
    own.xs,
    where(own.xs, parts.xs),
  ];
  return traceFlat(lists.flat(), (inputs) => {
    const [consts = [], dConsts = [], state = [], dState = [], xs = [], dXs = []] = groups(
      inputs,
      ...lists.map((l) => l.length),
    );
    const slopes = [
      ...spread(dConsts, parts.consts),
      ...spread(dState, carry),
      ...spread(dXs, parts.xs),
    ];
    const dual = evalJvp(body, [...consts, ...state, ...xs], slopes, "jvp");
    const tangents = filled(dual.tangents, avalsOf(dual.outputs));
    return [
      ...dual.outputs.slice(0, numCarry),
      ...where(tangents.slice(0, numCarry), carry),
      ...dual.outputs.slice(numCarry),
      ...where(tangents.slice(numCarry), floatOutputs(params)),
    ];
  });
};

/** Forward mode: one scan over values and tangents together. */
export const scanJvp = (
  run: RunScan,
  inputs: readonly Tensor[],
  tangents: readonly Tangent[],
  params: ScanParams,
): Dual => {
  const activity = activityOf(tangents, params, "jvp");
  const own = cut(inputs, params);
  const seeds = cut(seedsOf(inputs, tangents, activity), params);
  const [dConsts, dCarry, dXs] = [present(seeds.consts), present(seeds.carry), present(seeds.xs)];
  const results = run([...own.consts, ...dConsts, ...own.carry, ...dCarry, ...own.xs, ...dXs], {
    ...params,
    body: jointBody(params, activity),
    numConsts: params.numConsts + dConsts.length,
    numCarry: params.numCarry + dCarry.length,
  });
  const floats = floatOutputs(params);
  const [carry = [], carrySlopes = [], ys = []] = groups(
    results,
    params.numCarry,
    dCarry.length,
    floats.length,
  );
  const ySlopes = results.slice(carry.length + carrySlopes.length + ys.length);
  return {
    outputs: [...carry, ...ys],
    tangents: [...spread(carrySlopes, activity.carry), ...spread(ySlopes, floats)],
  };
};
