import {
  type DecoderConfig,
  decoderConfig,
  vitConfig,
  type VlmConfig,
  vlmConfig,
} from "@adjoint/models";
import { imageToken } from "./answer-rows.ts";
import type { CaptionSchedule } from "./train-captions.ts";

/** About 1 / sqrt(width), as narrow models need it: the usual 0.02 is that for a width of 2,500. */
const initStd = 0.1;

/** Two blocks that read and write, with learned vectors for the places. */
const writer = (vocabSize: number, nEmbd: number): DecoderConfig =>
  decoderConfig({
    ...{ vocabSize, contextLength: 64, nEmbd, nLayer: 2, nHead: 4, initStd },
    positions: { kind: "learned" },
  });

/** One picture of 32 x 32 as 16 patches, a tower of three blocks, a decoder of two. */
export const emojiConfig = (vocabSize: number): VlmConfig =>
  vlmConfig({
    vision: vitConfig({
      ...{ imageSize: 32, patchSize: 8, nEmbd: 96, nLayer: 3, nHead: 4, hidden: 192 },
      initStd,
    }),
    text: writer(vocabSize, 64),
    imageToken,
    featureLayers: [-1],
  });

export const emojiSchedule: CaptionSchedule = {
  steps: 1500,
  batchSize: 64,
  peak: 1e-3,
  weightDecay: 0.1,
  vary: true,
};

/** Pictures of 16 x 16 in 16 patches, averaged to four; a decoder of two blocks sees what moves between them. */
export const motionConfig = (vocabSize: number): VlmConfig =>
  vlmConfig({
    vision: vitConfig({
      ...{ imageSize: 16, patchSize: 4, nEmbd: 32, nLayer: 1, nHead: 4, hidden: 64 },
      initStd,
    }),
    text: writer(vocabSize, 48),
    imageToken,
    featureLayers: [-1],
    pool: 2,
  });

export const motionSchedule: CaptionSchedule = {
  steps: 1000,
  batchSize: 64,
  peak: 1e-3,
  weightDecay: 0.01,
  vary: false,
};
