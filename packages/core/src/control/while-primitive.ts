import { TransformError } from "../errors.ts";
import { at, type HostArray } from "../host-array.ts";
import { evalIr } from "../ir/eval-ir.ts";
import { evaluateIr } from "../ir/evaluate-ir.ts";
import type { Aval } from "../ir/aval.ts";
import type { Ir } from "../ir/ir.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import type { Batched, Dual, MappedAxis, Primitive, Tangent } from "../primitives/primitive.ts";
import { only } from "../primitives/primitive.ts";
import { apply, type Tensor } from "../tensor.ts";
import { evalBatched, withBatchAxis } from "../transforms/eval-batched.ts";
import { evalJvp } from "../transforms/eval-jvp.ts";
import { zerosOf } from "../transforms/linear-program.ts";

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

type Parts<T> = { readonly condConsts: readonly T[]; readonly bodyConsts: readonly T[]; readonly carry: readonly T[] };

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

const grow = (start: readonly boolean[], next: (flags: readonly boolean[]) => readonly boolean[]): readonly boolean[] => {
  const wider = next(start).map((flag, i) => flag || start[i] === true);
  return wider.every((flag, i) => flag === start[i]) ? start : grow(wider, next);
};

const pickWhere = <T>(list: readonly T[], flags: readonly boolean[]): readonly T[] => list.filter((_, i) => flags[i] === true);

const spread = <T>(list: readonly T[], flags: readonly boolean[]): readonly (T | null)[] => {
  let next = 0;
  return flags.map((flag) => (flag ? (list[next++] ?? null) : null));
};

const avals = (list: readonly { readonly aval: Aval }[]): readonly Aval[] => list.map((v) => v.aval);

/** Body over values and tangents: constants, their tangents, carry, its tangents. */
const jointBody = (body: Ir, numConsts: number, consts: readonly boolean[], carry: readonly boolean[], seen: (flags: readonly boolean[]) => void): Ir => {
  const own = avals(body.inputs);
  const [constAvals, carryAvals] = [own.slice(0, numConsts), own.slice(numConsts)];
  const [nc, nt] = [pickWhere(constAvals, consts).length, pickWhere(carryAvals, carry).length];
  return traceFlat([...constAvals, ...pickWhere(constAvals, consts), ...carryAvals, ...pickWhere(carryAvals, carry)], (xs) => {
    const values = [...xs.slice(0, numConsts), ...xs.slice(numConsts + nc, numConsts + nc + carryAvals.length)];
    const slopes = [...spread(xs.slice(numConsts, numConsts + nc), consts), ...spread(xs.slice(xs.length - nt), carry)];
    const dual = evalJvp(body, values, nt === 0 ? slopes.slice(0, numConsts).concat(carry.map(() => null)) : slopes, "jvp");
    seen(dual.tangents.map((t) => t !== null));
    return [...dual.outputs, ...pickWhere(dual.outputs.map((y, i) => dual.tangents[i] ?? zerosOf(y.aval)), carry)];
  });
};

const jointJvp = (inputs: readonly Tensor[], tangents: readonly Tangent[], params: WhileParams): Dual => {
  const { cond, body, numCondConsts, numBodyConsts } = params;
  const active = cut(tangents.map((t) => t !== null), params);
  const slopes = cut(tangents, params);
  const own = cut(inputs, params);
  let out: readonly boolean[] = [];
  const note = (flags: readonly boolean[]): void => {
    out = flags;
  };
  const carry = grow(active.carry, (flags) => {
    jointBody(body, numBodyConsts, active.bodyConsts, flags, note);
    return out;
  });
  const joint = jointBody(body, numBodyConsts, active.bodyConsts, carry, note);
  const carrySlopes = pickWhere(own.carry.map((x, i) => slopes.carry[i] ?? zerosOf(x.aval)), carry);
  const constSlopes = slopes.bodyConsts.filter((t) => t !== null);
  const test = traceFlat([...avals(cond.inputs), ...carrySlopes.map((t) => t.aval)], (xs) => evalIr(cond, xs.slice(0, cond.inputs.length)));
  const results = apply(whileP, [...own.condConsts, ...own.bodyConsts, ...constSlopes, ...own.carry, ...carrySlopes], {
    cond: test,
    body: joint,
    numCondConsts,
    numBodyConsts: numBodyConsts + constSlopes.length,
  });
  const n = own.carry.length;
  return { outputs: results.slice(0, n), tangents: spread(results.slice(n), carry) };
};

/** While any example goes on, all run; those that are done keep their carry. */
const vmapWhile = (inputs: readonly Tensor[], batched: readonly boolean[], params: WhileParams, axis: MappedAxis): Batched => {
  const flags = cut(batched, params);
  const own = cut(inputs, params);
  const all = own.carry.map(() => true);
  const carry = own.carry.map((x, i) => withBatchAxis(x, flags.carry[i] === true, axis));
  const [condConsts, bodyConsts] = [avals(own.condConsts), avals(own.bodyConsts)];
  const test = (consts: readonly Tensor[], state: readonly Tensor[]): Tensor => {
    const result = evalBatched(params.cond, [...consts, ...state], [...flags.condConsts, ...all], axis);
    return withBatchAxis(only(result.outputs), result.batched[0] === true, axis); // (B)
  };
  const nCond = condConsts.length;
  const cond = traceFlat([...condConsts, ...avals(carry)], (xs) => [test(xs.slice(0, nCond), xs.slice(nCond)).any()]);
  const body = traceFlat([...condConsts, ...bodyConsts, ...avals(carry)], (xs) => {
    const state = xs.slice(nCond + bodyConsts.length);
    const going = test(xs.slice(0, nCond), state);
    const result = evalBatched(params.body, [...xs.slice(nCond, nCond + bodyConsts.length), ...state], [...flags.bodyConsts, ...all], axis);
    return result.outputs.map((y, i) => {
      const next = withBatchAxis(y, result.batched[i] === true, axis);
      return going.reshape([axis.size, ...next.shape.slice(1).map(() => 1)]).where(next, state[i] ?? next);
    });
  });
  const numBodyConsts = nCond + bodyConsts.length;
  const outputs = apply(whileP, [...own.condConsts, ...own.condConsts, ...own.bodyConsts, ...carry], { cond, body, numCondConsts: nCond, numBodyConsts });
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
