import { fromData, type Tensor } from "@adjoint/core";
import { foldIn, type Key, permutation, splitTuple, uniform } from "@adjoint/core/random";
import { type Image, imageToFloats } from "@adjoint/data";
import type { Emoji } from "../emoji/emoji.ts";
import { captionOf, type CaptionTokenizer, encodeCaption, wordsOf } from "./captions.ts";
import { varyImage } from "./vary-image.ts";

/** Captions int32 (B, T) and pictures float32 (B, 3, 32, 32): row i of one belongs to row i of the other. */
export type PairBatch = { readonly ids: Tensor; readonly images: Tensor };

/** How captions are encoded, and how long a row is. */
export type PairOptions = { readonly captions: CaptionTokenizer; readonly length: number };

/** Random numbers that a pair needs. */
const perPair = 7;

type Pair = { readonly caption: string; readonly image: Image };

const half = [0.5, 0.5, 0.5];

const stackPairs = (pairs: readonly Pair[], { captions, length }: PairOptions): PairBatch => {
  const ids = new Int32Array(pairs.length * length);
  pairs.forEach(({ caption }, i) => ids.set(encodeCaption(captions, caption, length), i * length));
  const floats = pairs.map(({ image }) => imageToFloats(image, { mean: half, std: half }));
  const shape = floats[0]?.shape ?? [];
  const size = shape.reduce((product, n) => product * n, 1);
  const images = new Float32Array(pairs.length * size);
  floats.forEach(({ data }, i) => images.set(data, i * size));
  return {
    ids: fromData(ids, [pairs.length, length]),
    images: fromData(images, [pairs.length, ...shape]),
  };
};

/** All emoji as they are, with all of their words. */
export const wholePairs = (emoji: readonly Emoji[], options: PairOptions): PairBatch =>
  stackPairs(
    emoji.map((each) => ({ caption: captionOf(wordsOf(each)), image: each.image })),
    options,
  );

/** Letters and flags are something else in a mirror. */
const canMirror = ({ category }: Emoji): boolean => category !== "Symbols" && category !== "Flags";

/** A run of its words, from anywhere and of any length, and a part of the picture. */
const varied = (emoji: Emoji, draws: readonly number[]): Pair => {
  const [width = 0, height = 0, left = 0, top = 0, mirror = 0, first = 0, length = 0] = draws;
  const words = wordsOf(emoji);
  const from = Math.floor(first * words.length);
  const turned = [...words.slice(from), ...words.slice(0, from)];
  return {
    caption: captionOf(turned.slice(0, 1 + Math.floor(length * words.length))),
    image: varyImage(emoji.image, { width, height, left, top, mirror }, canMirror(emoji)),
  };
};

/** An epoch: an order of the emoji, and random numbers for each. */
type Epoch = { readonly order: readonly number[]; readonly draws: readonly number[] };

const planEpoch = async (key: Key, count: number): Promise<Epoch> => {
  const [forOrder, forDraws] = splitTuple(key, 2);
  const order = await permutation(forOrder, count).data();
  const draws = await uniform(forDraws, [count * perPair]).data();
  return { order: Array.from(order), draws: Array.from(draws) };
};

/** The batch of each step of so many epochs, by its number; what is left over at the end of an epoch is not used. */
export const variedBatches = async (
  key: Key,
  emoji: readonly Emoji[],
  options: PairOptions & { readonly epochs: number; readonly batchSize: number },
): Promise<(step: number) => PairBatch> => {
  const { epochs, batchSize } = options;
  const perEpoch = Math.floor(emoji.length / batchSize);
  const plans: Epoch[] = [];
  for (let i = 0; i < epochs; i++) plans.push(await planEpoch(foldIn(key, i), emoji.length));
  return (step) => {
    const { order, draws } = plans[Math.floor(step / perEpoch)] ?? { order: [], draws: [] };
    const from = (step % perEpoch) * batchSize;
    const pairs = order.slice(from, from + batchSize).flatMap((index, i) => {
      const own = draws.slice((from + i) * perPair, (from + i + 1) * perPair);
      const each = emoji[index];
      return each === undefined ? [] : [varied(each, own)];
    });
    return stackPairs(pairs, options);
  };
};
