import type { Tensor } from "@adjoint/core";
import { decoder, decoderConfig, type DecoderConfig, type DecoderParams } from "@adjoint/models";
import type { Names, NameRows } from "./names-data.ts";

const width = 64;

/** makemore's Transformer: GPT-2 with 4 layers, width 64, 4 heads and a head that is not tied. */
export const namesConfig = ({ tokenizer, blockSize }: Names): DecoderConfig =>
  decoderConfig({
    vocabSize: tokenizer.vocabSize,
    contextLength: blockSize,
    nEmbd: width,
    nLayer: 4,
    nHead: 4,
    positions: { kind: "learned" },
    norm: { kind: "layer", eps: 1e-5 },
    attention: { useBias: true, outputBias: true },
    mlp: { hidden: 4 * width, activation: "geluTanh", gated: false, useBias: true },
    initStd: 1 / Math.sqrt(3 * width), // as wide as PyTorch's linear layers; GPT-2's 0.02 learns more slowly here
  });

/** Mean loss of a batch, in nats a character. */
export const namesLoss =
  (config: DecoderConfig) =>
  (params: DecoderParams, { inputs, targets }: NameRows): Tensor =>
    decoder.loss(params, inputs, targets, config, { ignoreIndex: -1 });
