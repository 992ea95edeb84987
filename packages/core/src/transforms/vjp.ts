import { ArgumentError } from "../errors.ts";
import { isFloat } from "../dtype.ts";
import { rebuild } from "../internal/typed.ts";
import type { Tangent } from "../primitives/primitive.ts";
import type { Tensor } from "../tensor.ts";
import type { TensorTree } from "../tree/types.ts";
import { checkMatching } from "./jvp.ts";
import { evalLinear, linearizeIr, transposeLinear, zerosOf } from "./linear-program.ts";
import { flattenTensors, scoped, traceFunction } from "./trace-function.ts";

/** Cotangents with zeros made real. */
export const instantiate = (
  tangents: readonly Tangent[],
  like: readonly Tensor[],
): readonly Tensor[] => like.map((x, i) => tangents[i] ?? zerosOf(x.aval));

const floats = (leaves: readonly Tensor[]): readonly boolean[] =>
  leaves.map((x) => isFloat(x.dtype));

const spread = (results: readonly Tangent[], active: readonly boolean[]): readonly Tangent[] => {
  let next = 0;
  return active.map((on) => (on ? (results[next++] ?? null) : null));
};

/** Pulls a cotangent of the result back to cotangents of the arguments. */
export type VjpFunction<A extends readonly unknown[], R> = (
  cotangent: TensorTree<R>,
) => TensorTree<A>;

/**
 * Value of `fn` and the function that pulls cotangents of its result back to its arguments (reverse mode).
 * Cotangents of integer arguments are zeros. The values it needs are kept until the function is dropped.
 *
 * ```ts doctest
 * import { mul, tensor, vjp } from "@adjoint/core";
 * const [y, pullback] = vjp(mul, tensor(3), tensor(4));
 * const [dx, dy] = pullback(tensor(1));
 * [await dx.item(), await dy.item()]; // => [4, 3]
 * ```
 */
export const vjp = <A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  ...primals: A
): [TensorTree<R>, VjpFunction<A, R>] => {
  const { ir, args, out } = traceFunction("vjp", fn, primals);
  const active = floats(args.leaves);
  const { outputs, program } = linearizeIr(ir, args.leaves, active);
  const pullback: VjpFunction<A, R> = (cotangent) =>
    scoped(() => {
      const given = flattenTensors("vjp", cotangent);
      checkMatching("vjp", "cotangent", { leaves: outputs, structure: out }, given);
      const seeds = given.leaves.map((ct, i) => matchType(ct, outputs[i]));
      const results = spread(transposeLinear(program, seeds), active);
      return rebuild<A>(args.structure, instantiate(results, args.leaves));
    });
  return [rebuild<R>(out, outputs), pullback];
};

const matchType = (ct: Tensor, y: Tensor | undefined): Tangent =>
  y !== undefined && isFloat(y.dtype) ? ct.cast(y.dtype) : null;

/** Pushes tangents of the arguments forward to tangents of the result. */
export type LinearFunction<A extends readonly unknown[], R> = (
  ...tangents: TensorTree<A> & readonly unknown[]
) => TensorTree<R>;

/**
 * Value of `fn` and its derivative at `primals` as a linear function that can be applied many times.
 *
 * ```ts doctest
 * import { linearize, square, tensor } from "@adjoint/core";
 * const [y, push] = linearize(square, tensor(3));
 * await push(tensor(1)).item(); // => 6
 * ```
 */
export const linearize = <A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  ...primals: A
): [TensorTree<R>, LinearFunction<A, R>] => {
  const { ir, args, out } = traceFunction("linearize", fn, primals);
  const active = floats(args.leaves);
  const { outputs, program } = linearizeIr(ir, args.leaves, active);
  const push: LinearFunction<A, R> = (...tangents) =>
    scoped(() => {
      const given = flattenTensors("linearize", tangents);
      checkMatching("linearize", "tangent", args, given);
      const seeds = given.leaves.flatMap((t, i) =>
        active[i] === true ? [t.cast(args.leaves[i]?.dtype ?? t.dtype)] : [],
      );
      return rebuild<R>(out, instantiate(evalLinear(program, seeds), outputs));
    });
  return [rebuild<R>(out, outputs), push];
};

/** Positions of arguments, checked against their number. */
export const checkArgnums = (
  operation: string,
  argnums: readonly number[],
  count: number,
): void => {
  const bad = argnums.find((n) => !Number.isInteger(n) || n < 0 || n >= count);
  if (bad !== undefined)
    throw new ArgumentError({
      operation,
      rule: "argnums must name arguments",
      got: `${bad} for ${count} argument(s)`,
    });
};
