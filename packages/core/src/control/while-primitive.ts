import { TransformError } from "../errors.ts";
import { at, type HostArray } from "../host-array.ts";
import { evalIr } from "../ir/eval-ir.ts";
import { evaluateIr } from "../ir/evaluate-ir.ts";
import type { Ir } from "../ir/ir.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import type { Batched, Dual, MappedAxis, Primitive, Tangent } from "../primitives/primitive.ts";
import { only } from "../primitives/primitive.ts";
import { apply, type Tensor } from "../tensor.ts";
import { evalBatched, withBatchAxis } from "../transforms/eval-batched.ts";
import { evalJvp } from "../transforms/eval-jvp.ts";
import { avalsOf, filled, fixpoint, groups, isSet, present, spread, where } from "./lists.ts";

/**
 * Parameters of `while`. Inputs are constants of the condition, constants of the body, then the carry;
 * `cond` takes its constants and the carry and gives a bool scalar, `body` takes its own and gives the carry.
 */
export type WhileParams = {
  readonly cond: Ir;
  readonly body: Ir;
  readonly numCondConsts: number;
  readonly numBodyConsts: number;
};

type Parts<T> = {
  readonly condConsts: readonly T[];
  readonly bodyConsts: readonly T[];
  readonly carry: readonly T[];
};

const cut = <T>(list: readonly T[], { numCondConsts, numBodyConsts }: WhileParams): Parts<T> => ({
  condConsts: list.slice(0, numCondConsts),
  bodyConsts: list.slice(numCondConsts, numCondConsts + numBodyConsts),
  carry: list.slice(numCondConsts + numBodyConsts),
});

const whileHost = (inputs: readonly HostArray[], params: WhileParams): readonly HostArray[] => {
  const { condConsts, bodyConsts, carry: init } = cut(inputs, params);
  let carry = init;
  while (at(only(evaluateIr(params.cond, [...condConsts, ...carry])).data, 0) !== 0)
    carry = evaluateIr(params.body, [...bodyConsts, ...carry]);
  return carry;
};

/** Body over values and tangents: constants, their tangents, carry, its tangents. */
const jointBody = (
  body: Ir,
  consts: readonly boolean[],
  carry: readonly boolean[],
  seen: (flags: readonly boolean[]) => void,
): Ir => {
  const own = avalsOf(body.inputs);
  const [constAvals = [], carryAvals = []] = groups(own, consts.length, carry.length);
  const [constSlopes, carrySlopes] = [where(constAvals, consts), where(carryAvals, carry)];
  return traceFlat([...constAvals, ...constSlopes, ...carryAvals, ...carrySlopes], (xs) => {
    const sizes = [constAvals.length, constSlopes.length, carryAvals.length, carrySlopes.length];
    const [constants = [], dConstants = [], state = [], dState = []] = groups(xs, ...sizes);
    const dual = evalJvp(
      body,
      [...constants, ...state],
      [...spread(dConstants, consts), ...spread(dState, carry)],
      "jvp",
    );
    seen(isSet(dual.tangents));
    return [...dual.outputs, ...where(filled(dual.tangents, avalsOf(dual.outputs)), carry)];
  });
};

const jointJvp = (
  inputs: readonly Tensor[],
  tangents: readonly Tangent[],
  params: WhileParams,
): Dual => {
  const { cond, body, numCondConsts, numBodyConsts } = params;
  const active = cut(isSet(tangents), params);
  const slopes = cut(tangents, params);
  const own = cut(inputs, params);
  let out: readonly boolean[] = [];
  const note = (flags: readonly boolean[]): void => {
    out = flags;
  };
  const carry = fixpoint(active.carry, (flags) => {
    jointBody(body, active.bodyConsts, flags, note);
    return out;
  });
  const joint = jointBody(body, active.bodyConsts, carry, note);
  const carrySlopes = where(filled(slopes.carry, avalsOf(own.carry)), carry);
  const constSlopes = present(slopes.bodyConsts);
  const test = traceFlat([...avalsOf(cond.inputs), ...avalsOf(carrySlopes)], (xs) =>
    evalIr(cond, xs.slice(0, cond.inputs.length)),
  );
  const results = apply(
    whileP,
    [...own.condConsts, ...own.bodyConsts, ...constSlopes, ...own.carry, ...carrySlopes],
    {
      cond: test,
      body: joint,
      numCondConsts,
      numBodyConsts: numBodyConsts + constSlopes.length,
    },
  );
  const n = own.carry.length;
  return { outputs: results.slice(0, n), tangents: spread(results.slice(n), carry) };
};

/** While any example goes on, all run; those that are done keep their carry. */
const vmapWhile = (
  inputs: readonly Tensor[],
  batched: readonly boolean[],
  params: WhileParams,
  axis: MappedAxis,
): Batched => {
  const flags = cut(batched, params);
  const own = cut(inputs, params);
  const all = own.carry.map(() => true);
  const carry = own.carry.map((x, i) => withBatchAxis(x, flags.carry[i] === true, axis));
  const [condConsts, bodyConsts] = [avalsOf(own.condConsts), avalsOf(own.bodyConsts)];
  const test = (consts: readonly Tensor[], state: readonly Tensor[]): Tensor => {
    const result = evalBatched(
      params.cond,
      [...consts, ...state],
      [...flags.condConsts, ...all],
      axis,
    );
    return withBatchAxis(only(result.outputs), result.batched[0] === true, axis); // (B)
  };
  const nCond = condConsts.length;
  const cond = traceFlat([...condConsts, ...avalsOf(carry)], (xs) => [
    test(xs.slice(0, nCond), xs.slice(nCond)).any(),
  ]);
  const body = traceFlat([...condConsts, ...bodyConsts, ...avalsOf(carry)], (xs) => {
    const state = xs.slice(nCond + bodyConsts.length);
    const going = test(xs.slice(0, nCond), state);
    const result = evalBatched(
      params.body,
      [...xs.slice(nCond, nCond + bodyConsts.length), ...state],
      [...flags.bodyConsts, ...all],
      axis,
    );
    return result.outputs.map((y, i) => {
      const next = withBatchAxis(y, result.batched[i] === true, axis);
      return going
        .reshape([axis.size, ...next.shape.slice(1).map(() => 1)])
        .where(next, state[i] ?? next);
    });
  });
  const numBodyConsts = nCond + bodyConsts.length;
  const outputs = apply(
    whileP,
    [...own.condConsts, ...own.condConsts, ...own.bodyConsts, ...carry],
    { cond, body, numCondConsts: nCond, numBodyConsts },
  );
  return { outputs, batched: all };
};

/** A loop that runs while a condition on its carry holds. */
export const whileP: Primitive<WhileParams> = {
  name: "while",
  abstractEval: (_inputs, { body }) => body.outputs.map((a) => a.aval),
  evaluate: whileHost,
  jointJvp,
  linearize: () => {
    throw new TransformError({
      operation: "whileLoop",
      rule: "reverse mode needs a known number of steps",
      fix: "use scan, or foriLoop with JavaScript numbers as bounds; jvp and jacfwd work",
    });
  },
  vmap: vmapWhile,
};
