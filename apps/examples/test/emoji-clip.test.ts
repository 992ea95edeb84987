import { createOnnxBackend } from "@adjoint/backend-onnx";
import { getBackend, setBackend } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import type { Image } from "@adjoint/data";
import { clipConfig } from "@adjoint/models";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  captionOf,
  encodeCaption,
  trainCaptionTokenizer,
  wordsOf,
} from "../src/emoji-clip/captions.ts";
import { variedBatches } from "../src/emoji-clip/pair-batches.ts";
import { partnerRanks, retrievalOf, transposed } from "../src/emoji-clip/retrieval.ts";
import { retrievalMeter, trainClip } from "../src/emoji-clip/train-clip.ts";
import { varyImage } from "../src/emoji-clip/vary-image.ts";
import type { Emoji } from "../src/emoji/emoji.ts";
import { onWhite } from "../src/emoji/on-white.ts";
import { splitEmoji } from "../src/emoji/split-emoji.ts";

const before = getBackend();
beforeAll(async () => setBackend(await createOnnxBackend()));
afterAll(() => setBackend(before));

const colours = {
  red: [255, 0, 0],
  green: [0, 160, 0],
  blue: [0, 0, 255],
  yellow: [255, 220, 0],
  black: [0, 0, 0],
  pink: [255, 120, 200],
} as const;

const shapes: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 12,
  ring: (x, y) => Math.abs(Math.hypot(x, y) - 11) < 3,
  cross: (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 3,
  bar: (x, y) => Math.abs(y) < 5 && Math.abs(x) < 15,
};

const drawn = (colour: readonly number[], isInside: (x: number, y: number) => boolean): Image => {
  const data = new Uint8Array(32 * 32 * 3).fill(255);
  for (let at = 0; at < 32 * 32; at++)
    if (isInside((at % 32) - 15.5, Math.floor(at / 32) - 15.5)) data.set(colour, at * 3);
  return { width: 32, height: 32, channels: 3, data };
};

const all: readonly Emoji[] = Object.entries(colours).flatMap(([colour, rgb]) =>
  Object.entries(shapes).map(([shape, isInside]) => ({
    hexcode: `${colour}-${shape}`,
    label: `${colour} ${shape}`,
    tags: [colour, shape],
    category: "Symbols",
    image: drawn(rgb, isInside),
  })),
);

test("finds captions of pictures that it never saw", { timeout: 60_000 }, async () => {
  const isHeldOut = (i: number): boolean => i % 5 === 2; // each colour and each shape is among the rest
  const [seen, unseen] = [all.filter((_, i) => !isHeldOut(i)), all.filter((_, i) => isHeldOut(i))];
  const captions = await trainCaptionTokenizer(seen, 320);
  const config = clipConfig({
    projection: 32,
    endId: captions.endId,
    text: { vocabSize: 320, contextLength: 12, nEmbd: 32, nLayer: 1, nHead: 2, hidden: 64 },
    vision: { imageSize: 32, patchSize: 16, nEmbd: 32, nLayer: 2, nHead: 2, hidden: 64 },
  });
  const schedule = { epochs: 120, batchSize: 19, peak: 2e-3, weightDecay: 0.01 };
  const options = { captions, length: 12 };
  const measure = retrievalMeter(config);
  let reached;
  for await (const { params } of trainClip(key(0), seen, config, {
    ...options,
    schedule,
    every: schedule.epochs,
  }))
    reached = {
      seen: await measure(params, seen, options),
      unseen: await measure(params, unseen, options),
    };
  expect(seen).toHaveLength(19);
  expect(reached?.seen.imageToText.at1).toBeGreaterThan(0.8); // chance: 1 of 19
  expect(reached?.unseen.imageToText.at1).toBeGreaterThan(0.5); // chance: 1 of 5
});

test("retrieval counts who comes before the partner, ties too", () => {
  const similarities = Float32Array.of(5, 1, 0, 2, 2, 1, 3, 4, 1);
  expect(partnerRanks(similarities, 3)).toEqual([0, 1, 2]);
  expect(retrievalOf(similarities, 3)).toEqual({ at1: 1 / 3, at5: 1 });
  expect([...transposed(similarities, 3)]).toEqual([5, 2, 3, 1, 2, 4, 0, 1, 1]);
  expect(partnerRanks(Float32Array.of(Number.NaN, 0, 0, Number.NaN), 2)).toEqual([1, 1]);
});

test("captions end with end tokens, also those that are cut", async () => {
  const captions = await trainCaptionTokenizer(all, 300);
  const [red] = all;
  if (red === undefined) throw new Error("there are emoji");
  expect(captionOf(wordsOf(red))).toBe("red square, red, square");
  const { tokenizer, endId } = captions;
  const row = encodeCaption(captions, "ré", 8);
  expect(tokenizer.decode(row.filter((id) => id !== endId))).toBe(" ré");
  expect(row.at(-1)).toBe(endId);
  const cut = encodeCaption(captions, "red square, red, square", 3);
  expect([...cut].map((id) => id === endId)).toEqual([false, false, true]);
});

test("pictures are composited, cut and mirrored", () => {
  const data = Uint8Array.of(10, 20, 30, 255, 0, 0, 0, 0, 0, 100, 200, 51);
  const { data: rgb } = onWhite({ width: 3, height: 1, channels: 4, data });
  expect([...rgb]).toEqual([10, 20, 30, 255, 255, 255, 204, 224, 244]);
  const image = { width: 2, height: 1, channels: 1, data: Uint8Array.of(1, 9) };
  const draws = { width: 1, height: 1, left: 0, top: 0, mirror: 0 };
  expect([...varyImage(image, draws, true).data]).toEqual([9, 1]);
  expect([...varyImage(image, draws, false).data]).toEqual([1, 9]);
  expect([...varyImage(image, { ...draws, mirror: 0.5 }, true).data]).toEqual([1, 9]);
});

test("the same seed gives the same split and the same batches", async () => {
  const { train, validation, test: held } = await splitEmoji(all);
  expect(await splitEmoji(all)).toEqual({ train, validation, test: held });
  expect(new Set([...train, ...validation, ...held])).toEqual(new Set(all));
  const captions = await trainCaptionTokenizer(all, 300);
  const options = { captions, length: 8, epochs: 2, batchSize: 10 };
  const idsAt = async (step: number): Promise<unknown> =>
    (await variedBatches(key(1), all, options))(step).ids.toArray();
  expect(await idsAt(3)).toEqual(await idsAt(3));
  expect(await idsAt(3)).not.toEqual(await idsAt(1));
});
