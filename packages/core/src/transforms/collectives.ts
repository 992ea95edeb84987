import { TransformError } from "../errors.ts";
import { bindOne, only, type Primitive, type Tangent } from "../primitives/primitive.ts";
import { iotaP } from "../primitives/iota.ts";
import { apply, Tensor } from "../tensor.ts";

type AxisName = { readonly axisName: string };

const unbound = (operation: string, axisName: string): TransformError =>
  new TransformError({
    operation,
    rule: `needs a vmap with axisName "${axisName}" around it`,
    fix: `vmap(fn, { axisName: "${axisName}" })`,
  });

/** Sum over the mapped axis of that name; its transpose is itself, as each example sees the whole sum. */
const psumP: Primitive<AxisName> = {
  name: "psum",
  collective: true,
  abstractEval: (inputs) => [only(inputs)],
  evaluate: (_inputs, { axisName }) => {
    throw unbound("psum", axisName);
  },
  jvp: (_inputs, [t = null], _outputs, params) => [t === null ? null : bindOne(psumP, [t], params)],
  transpose: (cotangents, _inputs, params) => {
    const ct: Tangent = only(cotangents);
    return [ct === null ? null : bindOne(psumP, [ct], params)];
  },
  vmap: (inputs, batched, params, axis) => {
    if (axis.name !== params.axisName) return { outputs: apply(psumP, inputs, params), batched };
    const x = only(inputs);
    return { outputs: [batched[0] === true ? x.sum(0) : x.mul(axis.size)], batched: [false] };
  },
};

const pmaxP: Primitive<AxisName> = {
  name: "pmax",
  collective: true,
  abstractEval: (inputs) => [only(inputs)],
  evaluate: (_inputs, { axisName }) => {
    throw unbound("pmax", axisName);
  },
  vmap: (inputs, batched, params, axis) => {
    if (axis.name !== params.axisName) return { outputs: apply(pmaxP, inputs, params), batched };
    const x = only(inputs);
    return { outputs: [batched[0] === true ? x.max(0) : x], batched: [false] };
  },
};

const axisIndexP: Primitive<AxisName> = {
  name: "axisIndex",
  collective: true,
  abstractEval: () => [{ shape: [], dtype: "int32" }],
  evaluate: (_inputs, { axisName }) => {
    throw unbound("axisIndex", axisName);
  },
  vmap: (_inputs, _batched, params, axis) => {
    if (axis.name !== params.axisName)
      return { outputs: apply(axisIndexP, [], params), batched: [false] };
    return {
      outputs: apply(iotaP, [], { shape: [axis.size], dtype: "int32", axis: 0 }),
      batched: [true],
    };
  },
};

/**
 * Sum of `x` over all examples of the `vmap` whose `axisName` is given; every example gets the whole sum.
 *
 * ```ts doctest
 * import { psum, tensor, vmap, type Tensor } from "@adjoint/core";
 * const share = (x: Tensor) => x.div(psum(x, "batch"));
 * await vmap(share, { axisName: "batch" })(tensor([1, 3])).toArray(); // => [0.25, 0.75]
 * ```
 */
export const psum = (x: Tensor, axisName: string): Tensor => only(apply(psumP, [x], { axisName }));

/** Number of examples of the `vmap` with that name, as a float32 scalar. */
const axisSize = (axisName: string): Tensor => psum(Tensor.literal(1, "float32"), axisName);

/** Mean of `x` over all examples of the `vmap` with that name. */
export const pmean = (x: Tensor, axisName: string): Tensor =>
  psum(x, axisName).div(axisSize(axisName).cast(x.dtype));

/** Largest `x` among the examples of the `vmap` with that name; has no derivative. */
export const pmax = (x: Tensor, axisName: string): Tensor => only(apply(pmaxP, [x], { axisName }));

/** Place of the example in the `vmap` with that name, an int32 scalar. */
export const axisIndex = (axisName: string): Tensor => only(apply(axisIndexP, [], { axisName }));
