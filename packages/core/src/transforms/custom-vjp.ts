import { ShapeError, TransformError } from "../errors.ts";
import { isFloat } from "../dtype.ts";
import { rebuild, trusted } from "../internal/typed.ts";
import { type Aval, formatAval } from "../ir/aval.ts";
import { evalIr } from "../ir/eval-ir.ts";
import { evaluateIr } from "../ir/evaluate-ir.ts";
import { hoistCaptures, type Ir } from "../ir/ir.ts";
import type { MappedAxis, Primitive, Tangent, TransposeInput } from "../primitives/primitive.ts";
import { sameShape } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { type Structure, structureMismatch, unflatten } from "../tree/structure.ts";
import type { TensorTree } from "../tree/types.ts";
import { batchBody } from "./checkpoint.ts";
import { closedOver } from "./custom-jvp.ts";
import { zerosOf } from "./linear-program.ts";
import { flattenTensors, traceFunction } from "./trace-function.ts";
import { type FlatFunction, vmapFlat } from "./vmap-flat.ts";

/** Forward half of a custom rule: the value, and what the backward half needs. */
export type ForwardRule<A extends readonly unknown[], R, S> = (
  ...args: A
) => readonly [value: R, residuals: S];

/** Backward half: from residuals and the cotangent of the value to a tuple of cotangents of the arguments. */
export type BackwardRule<A extends readonly unknown[], R, S> = (
  residuals: TensorTree<S>,
  cotangent: TensorTree<R>,
) => { readonly [K in keyof A]: TensorTree<A[K]> };

type Params = {
  readonly body: Ir;
  readonly captured: number;
  /** args -> (...values, ...residuals). */
  readonly forward: FlatFunction;
  /** (...residuals, ...cotangents) -> cotangents of args. */
  readonly backward: FlatFunction;
};

const customVjpP: Primitive<Params> = {
  name: "customVjp",
  abstractEval: (_inputs, { body }) => body.outputs.map((a) => a.aval),
  evaluate: (inputs, { body }) => evaluateIr(body, inputs),
  decompose: (inputs, { body }) => evalIr(body, inputs),
  jointJvp: () => {
    throw new TransformError({
      operation: "customVjp",
      rule: "has a rule for reverse mode only",
      fix: "use grad or vjp, or write the rule with customJvp",
    });
  },
  linearize: (inputs, tangents, { body, captured, forward, backward }) => {
    if (tangents.slice(0, captured).some((t) => t !== null)) throw closedOver("customVjp");
    const n = body.outputs.length;
    const results = forward(inputs.slice(captured));
    const residuals = results.slice(n);
    const active = tangents.slice(captured).map((t) => t !== null);
    const slopes = tangents.filter((t) => t !== null);
    const params = {
      outputs: body.outputs.map((a) => a.aval),
      residuals: residuals.length,
      active,
      backward,
    };
    return {
      outputs: results.slice(0, n),
      tangents: apply(customTangentP, [...residuals, ...slopes], params),
    };
  },
  vmap: (inputs, batched, { body, captured, forward, backward }, axis) => {
    const args = batched.slice(captured);
    const params = {
      body: batchBody(body, batched, axis),
      captured,
      forward: vmapFlat(forward, args, axis),
      backward: batchedBackward(backward, args, axis),
    };
    return { outputs: apply(customVjpP, inputs, params), batched: body.outputs.map(() => true) };
  },
};

/** Arguments shared by all examples get the sum of the examples' cotangents. */
const batchedBackward =
  (backward: FlatFunction, args: readonly boolean[], axis: MappedAxis): FlatFunction =>
  (inputs) =>
    vmapFlat(
      backward,
      inputs.map(() => true),
      axis,
    )(inputs).map((ct, i) => (args[i] === true ? ct : ct.sum(0)));

type TangentParams = {
  readonly outputs: readonly Aval[];
  readonly residuals: number;
  readonly active: readonly boolean[];
  readonly backward: FlatFunction;
};

const forwardOnly = (): never => {
  throw new TransformError({
    operation: "customVjp",
    rule: "its tangents can only be transposed (reverse mode)",
    fix: "write the rule with customJvp",
  });
};

/** Stands for the tangents of a function with a custom backward rule until reverse mode transposes it. */
const customTangentP: Primitive<TangentParams> = {
  name: "customVjpTangent",
  transparent: true,
  abstractEval: (_inputs, { outputs }) => outputs,
  evaluate: forwardOnly,
  decompose: forwardOnly,
  vmap: forwardOnly,
  transpose: (cotangents, inputs, { outputs, residuals, active, backward }) => {
    const known = inputs
      .slice(0, residuals)
      .flatMap((input: TransposeInput) => (input.linear ? [] : [input.value]));
    const cts = outputs.map((aval, i): Tensor => cotangents[i] ?? zerosOf(aval));
    const results: readonly Tangent[] = backward([...known, ...cts]);
    return [...known.map(() => null), ...results.filter((_, i) => active[i] === true)];
  },
};

type Shapes = {
  readonly args: readonly Tensor[];
  readonly structure: Structure;
  readonly out: Structure;
};

/** The two user functions as functions of leaves; the structure of the residuals is learned when tracing. */
const flatRules = <A extends readonly unknown[], R, S>(
  fwd: ForwardRule<A, R, S>,
  bwd: BackwardRule<A, R, S>,
  { args, structure, out }: Shapes,
): Pick<Params, "forward" | "backward"> => {
  let saved: Structure = { kind: "none", value: undefined };
  let count = 0;
  const forward: FlatFunction = (inputs) => {
    const [value, residuals] = fwd(...trusted<A>(unflatten(structure, inputs)));
    const flat = flattenTensors("customVjp", residuals);
    saved = flat.structure;
    count = flat.leaves.length;
    return [...flattenTensors("customVjp", value).leaves, ...flat.leaves];
  };
  const backward: FlatFunction = (inputs) => {
    const residuals = trusted<TensorTree<S>>(unflatten(saved, inputs.slice(0, count)));
    const cotangent = trusted<TensorTree<R>>(unflatten(out, inputs.slice(count)));
    const flat = flattenTensors("customVjp", bwd(residuals, cotangent));
    const mismatch = structureMismatch("customVjp backward rule", structure, flat.structure);
    if (mismatch) throw mismatch;
    return flat.leaves.map((ct, i) => matched(ct, args[i]));
  };
  return { forward, backward };
};

const matched = (ct: Tensor, x: Tensor | undefined): Tensor => {
  if (x === undefined || !isFloat(x.dtype)) return ct;
  if (sameShape(ct.shape, x.shape)) return ct.cast(x.dtype);
  throw new ShapeError({
    operation: "customVjp",
    rule: "the backward rule must return cotangents of the shapes of the arguments",
    got: `${formatAval(ct.aval)} for ${formatAval(x.aval)}`,
  });
};

/**
 * `fn` with its own reverse-mode rule: `fwd` gives the value and residuals, `bwd` turns residuals and the
 * cotangent of the value into a tuple of cotangents, one per argument. Forward mode through it is an error.
 *
 * ```ts doctest
 * import { customVjp, grad, tensor, type Tensor } from "@adjoint/core";
 * // the identity, with gradients clipped to [-1, 1]
 * const clipped = customVjp(
 *   (x: Tensor) => x,
 *   (x: Tensor) => [x, null],
 *   (_residuals, ct) => [ct.greater(1).where(1, ct)],
 * );
 * await grad((x: Tensor) => clipped(x).mul(5).sum())(tensor([1, 2])).toArray(); // => [1, 1]
 * ```
 */
export const customVjp =
  <A extends readonly unknown[], R, S>(
    fn: (...args: A) => R,
    fwd: ForwardRule<A, R, S>,
    bwd: BackwardRule<A, R, S>,
  ): ((...args: A) => TensorTree<R>) =>
  (...args) => {
    const traced = traceFunction("customVjp", fn, args);
    const { ir, values } = hoistCaptures(traced.ir);
    const rules = flatRules(fwd, bwd, {
      args: traced.args.leaves,
      structure: traced.args.structure,
      out: traced.out,
    });
    const params = { body: ir, captured: values.length, ...rules };
    return rebuild<R>(traced.out, apply(customVjpP, [...values, ...traced.args.leaves], params));
  };
