import type { Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";
import {
  activationNamed,
  type DropoutOptions,
  type GluParams,
  mlp,
  type MlpParams,
  normalInit,
  swiglu,
} from "@adjoint/nn";
import type { BlockConfig } from "./block-config.ts";

/** Parameters of a block's MLP, plain or gated. */
export type FeedForwardParams = MlpParams | GluParams;

const isGated = (params: FeedForwardParams): params is GluParams => "gate" in params;

/** Fresh parameters: N(0, std), the projection back divided by sqrt(2 nLayer), as in GPT-2. */
export const initFeedForward = (key: Key, config: BlockConfig): FeedForwardParams => {
  const { nEmbd, nLayer, initStd } = config;
  const { hidden, useBias, gated } = config.mlp;
  const inits = {
    kernelInit: normalInit(initStd),
    outputInit: normalInit(initStd / Math.sqrt(2 * nLayer)),
  };
  return gated
    ? swiglu.init(key, { nEmbd, hidden, useBias, ...inits })
    : mlp.init(key, { sizes: [nEmbd, hidden, nEmbd], useBias, ...inits });
};

/** The MLP of x (..., C). */
export const feedForward = (
  params: FeedForwardParams,
  x: Tensor,
  { mlp: { activation } }: BlockConfig,
  dropping: DropoutOptions,
): Tensor =>
  isGated(params)
    ? swiglu.apply(params, x, { activation, ...dropping })
    : mlp.apply(params, x, { activation: activationNamed(activation), ...dropping });
