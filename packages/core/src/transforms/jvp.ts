import { DTypeError } from "../errors.ts";
import { rebuild } from "../internal/typed.ts";
import { formatAval } from "../ir/aval.ts";
import { isFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { leafPaths, structureMismatch } from "../tree/structure.ts";
import type { TensorTree } from "../tree/types.ts";
import { evalJvp } from "./eval-jvp.ts";
import { zerosOf } from "./linear-program.ts";
import { type FlatArgs, flattenTensors, scoped, traceFunction } from "./trace-function.ts";

/** Checks that tangents (or cotangents) match values in structure, shape and dtype. */
export const checkMatching = (
  operation: string,
  what: string,
  values: FlatArgs,
  other: FlatArgs,
): void => {
  const mismatch = structureMismatch(`${operation} (${what})`, values.structure, other.structure);
  if (mismatch) throw mismatch;
  const names = leafPaths(values.structure);
  values.leaves.forEach((x, i) => {
    const t = other.leaves[i];
    if (t !== undefined && !sameShape(t.shape, x.shape))
      throw new ShapeError({
        operation,
        rule: `a ${what} must have the shape of its value${names[i] === "" ? "" : ` at ${names[i]}`}`,
        got: `${formatAval(t.aval)} for ${formatAval(x.aval)}`,
      });
  });
};

/** Throws DTypeError for values that have no derivative. */
export const checkDifferentiable = (
  operation: string,
  leaves: readonly Tensor[],
  names: readonly string[],
): void => {
  const i = leaves.findIndex((x) => !isFloat(x.dtype));
  const leaf = leaves[i];
  if (leaf === undefined) return;
  throw new DTypeError({
    operation,
    rule: `can only differentiate floating-point values${names[i] ? ` (at ${names[i]})` : ""}`,
    got: formatAval(leaf.aval),
    fix: "cast to float32, or choose other argnums",
  });
};

/**
 * Value and directional derivative of `fn` at `primals` along `tangents` (forward mode).
 * Both are tuples with one entry per argument; tangents of integer arguments are ignored.
 * Throws TreeError, ShapeError when tangents do not match their values.
 *
 * ```ts doctest
 * import { jvp, sin, tensor } from "@adjoint/core";
 * const [y, dy] = jvp(sin, [tensor(0)], [tensor(2)]);
 * await dy.item(); // => 2
 * ```
 */
export const jvp = <A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  primals: A,
  tangents: TensorTree<A>,
): [TensorTree<R>, TensorTree<R>] =>
  scoped(() => {
    const { ir, args, out } = traceFunction("jvp", fn, primals);
    const slopes = flattenTensors("jvp", tangents);
    checkMatching("jvp", "tangent", args, slopes);
    const seeds = slopes.leaves.map((t, i) => {
      const x = args.leaves[i];
      return x !== undefined && isFloat(x.dtype) ? t.cast(x.dtype) : null;
    });
    const dual = evalJvp(ir, args.leaves, seeds, "jvp");
    const results = dual.tangents.map(
      (t, i) => t ?? zerosOf(dual.outputs[i]?.aval ?? { shape: [], dtype: "float32" }),
    );
    return [rebuild<R>(out, dual.outputs), rebuild<R>(out, results)];
  });
