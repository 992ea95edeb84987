import { imageToFloats } from "@adjoint/data";
import type { Emoji } from "../emoji/emoji.ts";
import type { Shown } from "./answer-rows.ts";

const half = [0.5, 0.5, 0.5];

/** Emoji with the category that is to be written: "Smileys & Emotion", "Flags". */
export const emojiShown = (emoji: readonly Emoji[]): readonly Shown[] =>
  emoji.map(({ image, category }) => ({
    pixels: Float32Array.from(imageToFloats(image, { mean: half, std: half }).data),
    answer: category,
  }));
