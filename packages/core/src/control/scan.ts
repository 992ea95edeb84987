import { DTypeError, ShapeError } from "../errors.ts";
import { rebuild } from "../internal/typed.ts";
import { formatAval } from "../ir/aval.ts";
import { hoistCaptures, type Ir } from "../ir/ir.ts";
import { dim, sameShape } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { leafPaths, type Structure, structureMismatch } from "../tree/structure.ts";
import type { TensorTree } from "../tree/types.ts";
import { flattenTensors, scoped, traceAt } from "../transforms/trace-function.ts";
import { scanP } from "./scan-primitive.ts";

/** Settings of `scan`. */
export type ScanOptions = {
  /** Number of steps; needed when `xs` is null. */
  readonly length?: number;
  /** Run from the last element to the first. */
  readonly reverse?: boolean;
};

/** Throws when a loop's body does not give back a carry of the type it took. */
export const checkCarry = (
  operation: string,
  init: readonly Tensor[],
  structure: Structure,
  out: Structure,
  ir: Ir,
): void => {
  const mismatch = structureMismatch(`${operation} carry`, structure, out);
  if (mismatch) throw mismatch;
  const names = leafPaths(structure);
  init.forEach((x, i) => {
    const y = ir.outputs[i]?.aval;
    if (y === undefined || (sameShape(x.shape, y.shape) && x.dtype === y.dtype)) return;
    const Kind = x.dtype === y.dtype ? ShapeError : DTypeError;
    throw new Kind({
      operation,
      rule: `the body must return a carry of the type it takes${names[i] ? ` (at ${names[i]})` : ""}`,
      got: `${formatAval(x.aval)} in and ${formatAval(y)} out`,
      fix: "cast or broadcast the initial carry",
    });
  });
};

const lengthOf = (xs: readonly Tensor[], given: number | undefined): number => {
  const scalar = xs.find((x) => x.rank === 0);
  if (scalar !== undefined)
    throw new ShapeError({
      operation: "scan",
      rule: "a sequence needs a leading axis to step along",
      got: formatAval(scalar.aval),
      fix: "close over values that stay the same",
    });
  const sizes = xs.map((x) => dim(x.shape, 0));
  const length = given ?? sizes[0];
  if (
    length === undefined ||
    !Number.isInteger(length) ||
    length < 0 ||
    sizes.some((n) => n !== length)
  )
    throw new ShapeError({
      operation: "scan",
      rule: "every sequence must have the same leading size, and without sequences `length` says how many steps",
      got: `sizes [${sizes.join(",")}], length ${given}`,
    });
  return length;
};

const pairStructure = (structure: Structure): readonly [Structure, Structure] => {
  const [carry, y] = structure.kind === "list" ? structure.children : [];
  if (
    carry === undefined ||
    y === undefined ||
    (structure.kind === "list" && structure.children.length !== 2)
  )
    throw new ShapeError({
      operation: "scan",
      rule: "the body must return [carry, output]",
      fix: "return [carry, null] for no output",
    });
  return [carry, y];
};

/**
 * Runs `body(carry, x) => [carry, y]` over the leading axis of `xs` and gives the last carry and the stacked `y`.
 * Traced once whatever the length, so compile time is flat; differentiable in every mode.
 * Throws when the carry changes type, or sequences differ in length.
 *
 * ```ts doctest
 * import { scan, tensor, type Tensor } from "@adjoint/core";
 * const step = (sum: Tensor, x: Tensor): [Tensor, Tensor] => [sum.add(x), sum.add(x)];
 * const [total, sums] = scan(step, tensor(0), tensor([1, 2, 3]));
 * [await total.item(), await sums.toArray()]; // => [6, [1, 3, 6]]
 * ```
 */
export const scan = <C, X, Y>(
  body: (carry: C, x: X) => readonly [C, Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [TensorTree<C>, TensorTree<Y>] =>
  scoped(() => {
    const carry = flattenTensors("scan", init);
    const sequence = flattenTensors("scan", xs);
    const length = lengthOf(sequence.leaves, options.length);
    const element = sequence.leaves.map((x) => ({ shape: x.shape.slice(1), dtype: x.dtype }));
    const structure: Structure = { kind: "list", children: [carry.structure, sequence.structure] };
    const traced = traceAt<[C, X]>("scan", body, structure, [
      ...carry.leaves.map((x) => x.aval),
      ...element,
    ]);
    const [outCarry, outY] = pairStructure(traced.out);
    checkCarry("scan", carry.leaves, carry.structure, outCarry, traced.ir);
    const { ir, values } = hoistCaptures(traced.ir);
    const numCarry = carry.leaves.length;
    const params = {
      body: ir,
      numConsts: values.length,
      numCarry,
      length,
      reverse: options.reverse === true,
    };
    const results = apply(scanP, [...values, ...carry.leaves, ...sequence.leaves], params);
    return [
      rebuild<C>(outCarry, results.slice(0, numCarry)),
      rebuild<Y>(outY, results.slice(numCarry)),
    ];
  });

/**
 * Applies `fn` to each element along the leading axis, one after the other (`vmap` does them together).
 *
 * ```ts doctest
 * import { map, tensor, type Tensor } from "@adjoint/core";
 * await map((x: Tensor) => x.mul(x), tensor([1, 2, 3])).toArray(); // => [1, 4, 9]
 * ```
 */
export const map = <X, Y>(fn: (x: X) => Y, xs: X): TensorTree<Y> =>
  scan<null, X, Y>((_carry, x) => [null, fn(x)], null, xs)[1];
