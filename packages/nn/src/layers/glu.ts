import { splitTuple } from "@adjoint/core/random";
import { type ActivationName, activationNamed } from "../activations/named.ts";
import type { Initializer } from "../init/initializer.ts";
import { dropout, type DropoutOptions } from "./dropout.ts";
import type { Layer } from "./layer.ts";
import { linear, type LinearParams } from "./linear.ts";

/** Settings of the gated MLPs. */
export type GluConfig = {
  /** Width C of the input and, unless `outFeatures` says otherwise, of the output. */
  readonly nEmbd: number;
  /** Width of the hidden layer. */
  readonly hidden: number;
  /** Width of the output; default `nEmbd`. */
  readonly outFeatures?: number;
  /** Whether the linear layers have biases; false when absent, as in Llama. */
  readonly useBias?: boolean;
  /** Kernels; default `lecunNormal`. */
  readonly kernelInit?: Initializer;
  /** Kernel of the projection back; default `kernelInit`. */
  readonly outputInit?: Initializer;
};

/** Parameters of the gated MLPs: gate and up (C, hidden), down (hidden, out). */
export type GluParams = {
  readonly gate: LinearParams;
  readonly up: LinearParams;
  readonly down: LinearParams;
};

/** Settings of the gated MLPs' `apply`; dropout acts on the result. */
export type GluOptions = DropoutOptions & {
  /** Replaces the gate's activation. */
  readonly activation?: ActivationName;
};

/** The type of the gated MLPs. */
export type GluLayer = Layer<GluConfig, GluParams, [options?: GluOptions]>;

const given = (kernelInit: Initializer | undefined) =>
  kernelInit === undefined ? {} : { kernelInit };

const gated = (name: ActivationName): GluLayer => ({
  init: (key, { nEmbd, hidden, outFeatures = nEmbd, useBias = false, ...inits }) => {
    const { kernelInit, outputInit = kernelInit } = inits;
    const [forGate, forUp, forDown] = splitTuple(key, 3);
    const wide = { inFeatures: nEmbd, outFeatures: hidden, useBias, ...given(kernelInit) };
    const back = { inFeatures: hidden, outFeatures, useBias, ...given(outputInit) };
    return {
      gate: linear.init(forGate, wide),
      up: linear.init(forUp, wide),
      down: linear.init(forDown, back),
    };
  },
  apply: ({ gate, up, down }, x, { activation = name, ...dropping } = {}) => {
    const act = activationNamed(activation, "glu");
    const h = act(linear.apply(gate, x)).mul(linear.apply(up, x));
    return dropout(linear.apply(down, h), dropping);
  },
});

/**
 * Gated MLP with the original sigmoid gate: down(sigmoid(gate x) * up x), for x (..., C).
 * @see https://arxiv.org/abs/1612.08083
 */
export const glu: GluLayer = /* @__PURE__ */ gated("sigmoid");

/**
 * Gated MLP with silu, as in Llama, Qwen and Mistral: down(silu(gate x) * up x), for x (..., C).
 * `init` throws ArgumentError for bad sizes, `apply` ShapeError when `x` does not fit.
 * @see https://arxiv.org/abs/2002.05202
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { swiglu } from "@adjoint/nn";
 * const params = swiglu.init(key(0), { nEmbd: 4, hidden: 6 });
 * params.up.kernel.shape; // => [4, 6]
 * swiglu.apply(params, ones([2, 4])).shape; // => [2, 4]
 * ```
 */
export const swiglu: GluLayer = /* @__PURE__ */ gated("silu");

/** Gated MLP with exact gelu; T5 1.1 and Gemma use `{ activation: "geluTanh" }`. See `swiglu`. */
export const geglu: GluLayer = /* @__PURE__ */ gated("gelu");

/** Gated MLP with relu. See `swiglu`. */
export const reglu: GluLayer = /* @__PURE__ */ gated("relu");
