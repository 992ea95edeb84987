import type { Tensor } from "@adjoint/core";
import type { Key } from "@adjoint/core/random";
import {
  activationNamed,
  dropout,
  type DropoutOptions,
  type GluParams,
  mlp,
  type MlpParams,
  moe,
  type MoeParams,
  normalInit,
  type Routing,
  swiglu,
} from "@adjoint/nn";
import type { BlockConfig } from "./block-config.ts";

/** Parameters of a block's MLP: plain, gated, or many of which each token takes a few. */
export type FeedForwardParams = MlpParams | GluParams | MoeParams;

/** Settings of `feedForward`. */
export type FeedForwardOptions = DropoutOptions & {
  /** bool (..., T): real tokens; padding takes no expert's place. */
  readonly valid?: Tensor | undefined;
};

/** The value, and where experts are chosen, which ones were. */
export type FedForward = { readonly y: Tensor; readonly routing?: Routing };

/** Whether a layer has experts. */
export const hasExperts = ({ experts }: BlockConfig, layer: number): boolean =>
  experts !== undefined && layer >= experts.firstDense;

/** Fresh parameters of a layer: N(0, std), the projection back divided by sqrt(2 nLayer), as in GPT-2. */
export const initFeedForward = (
  key: Key,
  config: BlockConfig,
  layer: number,
): FeedForwardParams => {
  const { nEmbd, nLayer, initStd, experts } = config;
  const { hidden, useBias, gated } = config.mlp;
  const inits = {
    kernelInit: normalInit(initStd),
    outputInit: normalInit(initStd / Math.sqrt(2 * nLayer)),
  };
  if (experts !== undefined && hasExperts(config, layer)) {
    const { nExpert, sharedHidden, selectionBias } = experts;
    const shared = sharedHidden === undefined ? {} : { sharedHidden };
    return moe.init(key, {
      ...{ nEmbd, hidden: experts.hidden, nExpert, gated, selectionBias },
      ...shared,
      ...inits,
    });
  }
  return gated
    ? swiglu.init(key, { nEmbd, hidden, useBias, ...inits })
    : mlp.init(key, { sizes: [nEmbd, hidden, nEmbd], useBias, ...inits });
};

const isMoe = (params: FeedForwardParams): params is MoeParams => "router" in params;
const isGated = (params: FeedForwardParams): params is GluParams => "gate" in params;

/** The MLP of x (..., C). */
export const feedForward = (
  params: FeedForwardParams,
  x: Tensor,
  { mlp: { activation }, experts }: BlockConfig,
  { valid, ...dropping }: FeedForwardOptions,
): FedForward => {
  if (isMoe(params)) {
    const options = { activation, mask: valid, ...(experts ?? { topK: 1 }) };
    const [y, routing] = moe.applyWithRouting(params, x, options);
    return { y: dropout(y, dropping), routing };
  }
  if (isGated(params)) return { y: swiglu.apply(params, x, { activation, ...dropping }) };
  return { y: mlp.apply(params, x, { activation: activationNamed(activation), ...dropping }) };
};
