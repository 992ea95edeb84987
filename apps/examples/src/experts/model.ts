import type { Tensor } from "@adjoint/core";
import { type DecoderConfig, decoder, decoderConfig, type DecoderParams } from "@adjoint/models";
import { crossEntropy, loadBalanceLoss, type Routing, routerZLoss } from "@adjoint/nn";
import type { Batch } from "@adjoint/recipes";

/** Sizes that all models of a comparison share. */
export type Sizes = {
  readonly vocabSize: number;
  readonly blockSize: number;
  readonly nEmbd: number;
  readonly nLayer: number;
  readonly nHead: number;
};

/** How many experts there are and how many of them each token takes. */
export type Experts = { readonly nExpert: number; readonly topK: number };

/** A decoder whose MLPs are `hidden` wide. */
export const denseConfig = ({ blockSize, ...sizes }: Sizes, hidden: number): DecoderConfig =>
  decoderConfig({
    ...{ ...sizes, contextLength: blockSize },
    mlp: { hidden, gated: false, activation: "gelu" },
  });

/**
 * The same with experts in place of the MLPs, each as wide as the share of `hidden` that makes the `topK` of them together
 * take the operations of the dense one.
 */
export const expertsConfig = (
  sizes: Sizes,
  hidden: number,
  { nExpert, topK }: Experts,
): DecoderConfig => {
  // a router takes 2 C E operations a token, an MLP 4 C hidden
  const own = (hidden - nExpert / 2) / topK;
  if (!Number.isInteger(own) || own < 1)
    throw new Error(`${hidden} - ${nExpert} / 2 must be a multiple of ${topK}`);
  return {
    ...denseConfig(sizes, hidden),
    experts: { nExpert, topK, hidden: own, selectionBias: false, firstDense: 0 },
  };
};

/** The mean over layers of a loss of their routers. */
const meanOf = (routings: readonly Routing[], loss: (routing: Routing) => Tensor): Tensor | 0 =>
  routings.reduce<Tensor | 0>((sum, routing) => loss(routing).div(routings.length).add(sum), 0);

/** Mean cross entropy of a batch, and with experts what keeps their routers even (0.01, Switch) and small (0.001, ST-MoE). */
export const trainingLoss = (
  params: DecoderParams,
  { inputs, targets }: Batch,
  config: DecoderConfig,
): Tensor => {
  const { hidden, routings } = decoder.hiddenWithRouting(params, inputs, config);
  const words = crossEntropy(decoder.logits(params, hidden, config), targets, { ignoreIndex: -1 });
  const even = meanOf(routings, (routing) => loadBalanceLoss(routing).mul(0.01));
  const small = meanOf(routings, ({ logits }) => routerZLoss(logits).mul(0.001));
  return words.add(even).add(small);
};

/** Mean cross entropy of a batch alone, which dense models and experts are compared by. */
export const textLoss = (
  params: DecoderParams,
  { inputs, targets }: Batch,
  config: DecoderConfig,
): Tensor => decoder.loss(params, inputs, targets, config, { ignoreIndex: -1 });
