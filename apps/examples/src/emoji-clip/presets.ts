import { type ClipConfig, clipConfig } from "@adjoint/models";
import type { ClipSchedule } from "./train-clip.ts";

export const vocabSize = 1024;

/** Tokens of a caption, the end included. */
export const captionLength = 24;

/** A tower of two blocks for captions and one of four for pictures, which it reads as 16 patches of 8 x 8; 464,000 parameters. */
export const clipSizes = (endId: number): ClipConfig =>
  clipConfig({
    projection: 64,
    endId,
    text: { vocabSize, contextLength: captionLength, nEmbd: 64, nLayer: 2, nHead: 4, hidden: 128 },
    vision: { imageSize: 32, patchSize: 8, nEmbd: 64, nLayer: 4, nHead: 4, hidden: 128 },
  });

export const clipSchedule: ClipSchedule = {
  epochs: 60,
  batchSize: 128,
  peak: 2e-3,
  weightDecay: 0.1,
};
