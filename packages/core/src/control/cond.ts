import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { asTensor } from "../ops/operand.ts";
import { rebuild } from "../internal/typed.ts";
import { formatAval } from "../ir/aval.ts";
import { type Ir, Var } from "../ir/ir.ts";
import { sameShape } from "../shape.ts";
import { apply, type Tensor, type TensorLike } from "../tensor.ts";
import { structureMismatch } from "../tree/structure.ts";
import type { TensorTree } from "../tree/types.ts";
import { scoped, traceFunction, type TracedFunction } from "../transforms/trace-function.ts";
import { condP } from "./cond-primitive.ts";

/** Brings branches to one list of inputs: the captures of all of them, then the operands. */
const shareCaptures = (
  operation: string,
  traced: readonly TracedFunction[],
): { readonly branches: readonly Ir[]; readonly values: readonly Tensor[] } => {
  const values = [...new Set(traced.flatMap((t) => t.ir.captures.map((c) => c.value)))];
  const branches = traced.map(({ ir }) => {
    const inputs = values.map(
      (value) => ir.captures.find((c) => c.value === value)?.variable ?? new Var(value.aval),
    );
    return { ...ir, inputs: [...inputs, ...ir.inputs], captures: [] };
  });
  checkBranches(operation, traced);
  return { branches, values };
};

const checkBranches = (operation: string, traced: readonly TracedFunction[]): void => {
  const [first, ...rest] = traced;
  if (first === undefined)
    throw new ArgumentError({ operation, rule: "needs at least one branch" });
  for (const other of rest) {
    const mismatch = structureMismatch(`${operation} branches`, first.out, other.out);
    if (mismatch) throw mismatch;
    first.ir.outputs.forEach(({ aval }, i) => {
      const y = other.ir.outputs[i]?.aval;
      if (y === undefined || (sameShape(y.shape, aval.shape) && y.dtype === aval.dtype)) return;
      const Kind = y.dtype === aval.dtype ? ShapeError : DTypeError;
      throw new Kind({
        operation,
        rule: "branches must return the same types",
        got: `${formatAval(aval)} and ${formatAval(y)}`,
      });
    });
  }
};

const choose = <A extends readonly unknown[], R>(
  operation: string,
  index: Tensor,
  fns: readonly ((...args: A) => R)[],
  args: A,
): TensorTree<R> =>
  scoped(() => {
    if (index.rank !== 0)
      throw new ShapeError({
        operation,
        rule: "the choice must be a scalar",
        got: formatAval(index.aval),
        fix: "use where or vmap",
      });
    const traced = fns.map((fn) => traceFunction(operation, fn, args));
    const { branches, values } = shareCaptures(operation, traced);
    const [first] = traced;
    if (first === undefined)
      throw new ArgumentError({ operation, rule: "needs at least one branch" });
    const results = apply(condP, [index, ...values, ...first.args.leaves], { branches });
    return rebuild<R>(first.out, results);
  });

/**
 * `whenTrue(...args)` or `whenFalse(...args)`, chosen by a scalar when the program runs; only one of them runs.
 * Throws when the two return different structures, shapes or dtypes.
 *
 * ```ts doctest
 * import { cond, tensor, type Tensor } from "@adjoint/core";
 * const root = (x: Tensor) => cond(x.greater(0), (v: Tensor) => v.sqrt(), (v: Tensor) => v.mul(0), x);
 * await root(tensor(9)).item(); // => 3
 * ```
 */
export const cond = <A extends readonly unknown[], R>(
  predicate: TensorLike,
  whenTrue: (...args: A) => R,
  whenFalse: (...args: A) => R,
  ...args: A
): TensorTree<R> => {
  const flag = asTensor(predicate);
  const index = (flag.dtype === "bool" ? flag : flag.notEqual(0)).cast("int32");
  return choose("cond", index, [whenFalse, whenTrue], args);
};

/**
 * `branches[index](...args)`, chosen when the program runs; `index` is clamped into range.
 *
 * ```ts doctest
 * import { switchCase, tensor, type Tensor } from "@adjoint/core";
 * const branches = [(x: Tensor) => x.add(1), (x: Tensor) => x.mul(10)];
 * await switchCase(1, branches, tensor(4)).item(); // => 40
 * ```
 */
export const switchCase = <A extends readonly unknown[], R>(
  index: TensorLike,
  branches: readonly ((...args: A) => R)[],
  ...args: A
): TensorTree<R> => {
  const choice = asTensor(index);
  return choose("switch", choice.cast("int32"), branches, args);
};
