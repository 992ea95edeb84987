import { ArgumentError, ShapeError } from "../errors.ts";
import { rebuild } from "../internal/typed.ts";
import { formatAval } from "../ir/aval.ts";
import { hoistCaptures } from "../ir/ir.ts";
import { asTensor } from "../ops/operand.ts";
import { apply, type Tensor, type TensorLike } from "../tensor.ts";
import type { TensorTree } from "../tree/types.ts";
import { scoped, traceFunction } from "../transforms/trace-function.ts";
import { checkCarry, scan } from "./scan.ts";
import { whileP } from "./while-primitive.ts";

/**
 * Applies `body` to the carry while `cond` of it is true. Forward mode and `vmap` work; reverse mode needs a known
 * number of steps (`scan`, `foriLoop`) and throws TransformError.
 *
 * ```ts doctest
 * import { tensor, whileLoop, type Tensor } from "@adjoint/core";
 * await whileLoop((x: Tensor) => x.less(100), (x: Tensor) => x.mul(2), tensor(3)).item(); // => 192
 * ```
 */
export const whileLoop = <C>(
  cond: (carry: C) => Tensor,
  body: (carry: C) => C,
  init: C,
): TensorTree<C> =>
  scoped(() => {
    const test = traceFunction<[C]>("whileLoop", cond, [init]);
    const loop = traceFunction<[C]>("whileLoop", body, [init]);
    const [answer] = test.ir.outputs;
    if (
      answer === undefined ||
      test.ir.outputs.length !== 1 ||
      answer.aval.shape.length !== 0 ||
      answer.aval.dtype !== "bool"
    )
      throw new ShapeError({
        operation: "whileLoop",
        rule: "the condition must return a bool scalar",
        got: test.ir.outputs.map((a) => formatAval(a.aval)).join(", "),
      });
    const carry = loop.args;
    const inner =
      carry.structure.kind === "list"
        ? (carry.structure.children[0] ?? carry.structure)
        : carry.structure;
    checkCarry("whileLoop", carry.leaves, inner, loop.out, loop.ir);
    const [c, b] = [hoistCaptures(test.ir), hoistCaptures(loop.ir)];
    const params = {
      cond: c.ir,
      body: b.ir,
      numCondConsts: c.values.length,
      numBodyConsts: b.values.length,
    };
    return rebuild<C>(loop.out, apply(whileP, [...c.values, ...b.values, ...carry.leaves], params));
  });

/**
 * `body(i, carry)` for `i` from `lower` to `upper - 1`. With JavaScript numbers as bounds it is a `scan` and
 * differentiable in every mode; with tensors it is a `whileLoop`. `i` is an int32 scalar.
 *
 * ```ts doctest
 * import { foriLoop, tensor, type Tensor } from "@adjoint/core";
 * await foriLoop(0, 4, (i, x: Tensor) => x.add(i), tensor(0)).item(); // => 6
 * ```
 */
export const foriLoop = <C>(
  lower: TensorLike,
  upper: TensorLike,
  body: (i: Tensor, carry: C) => C,
  init: C,
): TensorTree<C> => {
  const bounds = [lower, upper].filter((n) => typeof n === "number");
  if (!bounds.every(Number.isInteger))
    throw new ArgumentError({
      operation: "foriLoop",
      rule: "bounds must be whole numbers",
      got: bounds.join(" and "),
    });
  if (typeof lower === "number" && typeof upper === "number")
    return countedLoop(lower, upper, body, init);
  type State = readonly [Tensor, C];
  const limit = asTensor(upper).cast("int32");
  const start: State = [asTensor(lower).cast("int32"), init];
  const result = whileLoop<State>(
    ([i]) => i.less(limit),
    ([i, carry]) => [i.add(1), body(i, carry)],
    start,
  );
  return result[1];
};

const countedLoop = <C>(
  lower: number,
  upper: number,
  body: (i: Tensor, carry: C) => C,
  init: C,
): TensorTree<C> => {
  type State = readonly [Tensor, C];
  const step = ([i, carry]: State): readonly [State, null] => [[i.add(1), body(i, carry)], null];
  const first: State = [asTensor(lower).cast("int32"), init];
  const [last] = scan<State, null, null>(step, first, null, { length: Math.max(0, upper - lower) });
  return last[1];
};
