import { ShapeError, TransformError } from "../errors.ts";
import { rebuild, trusted } from "../internal/typed.ts";
import { type Aval, formatAval } from "../ir/aval.ts";
import { evalIr } from "../ir/eval-ir.ts";
import { evaluateIr } from "../ir/evaluate-ir.ts";
import { hoistCaptures, type Ir } from "../ir/ir.ts";
import type { Primitive, Tangent } from "../primitives/primitive.ts";
import { sameShape } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { type Structure, structureMismatch, unflatten } from "../tree/structure.ts";
import type { TensorTree } from "../tree/types.ts";
import { batchBody } from "./checkpoint.ts";
import { zerosOf } from "./linear-program.ts";
import { flattenTensors, traceFunction } from "./trace-function.ts";
import { type FlatFunction, vmapFlat } from "./vmap-flat.ts";

/** Gives value and tangent from values and tangents; linear in the tangents. */
export type JvpRule<A extends readonly unknown[], R> = (
  primals: TensorTree<A>,
  tangents: TensorTree<A>,
) => readonly [value: R, tangent: TensorTree<R>];

type Params = {
  readonly body: Ir;
  /** Leading inputs that the function closed over. */
  readonly captured: number;
  /** (...primals, ...tangents) -> (...values, ...tangents). */
  readonly rule: FlatFunction;
};

const real = (inputs: readonly Tensor[], tangents: readonly Tangent[]): readonly Tensor[] =>
  inputs.map((x, i) => tangents[i] ?? zerosOf(x.aval));

const customJvpP: Primitive<Params> = {
  name: "customJvp",
  abstractEval: (_inputs, { body }) => body.outputs.map((a) => a.aval),
  evaluate: (inputs, { body }) => evaluateIr(body, inputs),
  decompose: (inputs, { body }) => evalIr(body, inputs),
  jointJvp: (inputs, tangents, { body, captured, rule }) => {
    if (tangents.slice(0, captured).some((t) => t !== null)) throw closedOver("customJvp");
    const [xs, ts] = [inputs.slice(captured), tangents.slice(captured)];
    const results = rule([...xs, ...real(xs, ts)]);
    const n = body.outputs.length;
    return { outputs: results.slice(0, n), tangents: results.slice(n) };
  },
  vmap: (inputs, batched, { body, captured, rule }, axis) => {
    const args = batched.slice(captured);
    const params = {
      body: batchBody(body, batched, axis),
      captured,
      rule: vmapFlat(rule, [...args, ...args], axis),
    };
    return { outputs: apply(customJvpP, inputs, params), batched: body.outputs.map(() => true) };
  },
};

/** Error for a custom rule that cannot see a differentiated value. */
export const closedOver = (operation: string): TransformError =>
  new TransformError({
    operation,
    rule: "a function with a custom rule must not close over a differentiated value",
    fix: "pass it as an argument",
  });

const checkShapeOf = (leaf: Tensor, type: Aval | undefined): void => {
  if (type === undefined || sameShape(leaf.shape, type.shape)) return;
  throw new ShapeError({
    operation: "customJvp",
    rule: "the rule must return values and tangents of the shapes of the results",
    got: `${formatAval(leaf.aval)} for ${formatAval(type)}`,
  });
};

const flatRule =
  <A extends readonly unknown[], R>(
    rule: JvpRule<A, R>,
    structure: Structure,
    out: Structure,
    types: readonly Aval[],
  ): FlatFunction =>
  (inputs) => {
    const half = inputs.length / 2;
    const side = (leaves: readonly Tensor[]): TensorTree<A> =>
      trusted(unflatten(structure, leaves));
    const [value, tangent] = rule(side(inputs.slice(0, half)), side(inputs.slice(half)));
    return [value, tangent].flatMap((tree) => {
      const flat = flattenTensors("customJvp", tree);
      const mismatch = structureMismatch("customJvp rule", out, flat.structure);
      if (mismatch) throw mismatch;
      flat.leaves.forEach((leaf, i) => checkShapeOf(leaf, types[i]));
      return flat.leaves;
    });
  };

/**
 * `fn` with its own derivative rule, used by forward and reverse mode (the rule is linear in the tangents, so
 * reverse mode transposes it). Throws TransformError when `fn` closes over a differentiated value.
 *
 * ```ts doctest
 * import { customJvp, grad, tensor, type Tensor } from "@adjoint/core";
 * const f = customJvp((x: Tensor) => x.mul(x), ([x], [t]) => [x.mul(x), t.mul(x).mul(10)]);
 * await grad(f)(tensor(2)).item(); // => 20
 * ```
 */
export const customJvp =
  <A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    rule: JvpRule<A, R>,
  ): ((...args: A) => TensorTree<R>) =>
  (...args) => {
    const traced = traceFunction("customJvp", fn, args);
    const { ir, values } = hoistCaptures(traced.ir);
    const params = {
      body: ir,
      captured: values.length,
      rule: flatRule(
        rule,
        traced.args.structure,
        traced.out,
        traced.ir.outputs.map((y) => y.aval),
      ),
    };
    return rebuild<R>(traced.out, apply(customJvpP, [...values, ...traced.args.leaves], params));
  };
