import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createOnnxBackend } from "@adjoint/backend-onnx";
import { getBackend, setBackend, tensor } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { resnetConfig, vitConfig } from "@adjoint/models";
import type { TrainState } from "@adjoint/recipes";
import { afterAll, beforeAll, expect, test } from "vitest";
import { batchesOf, planEpochs } from "../src/fashion/batches.ts";
import type { Classifier } from "../src/fashion/classifier.ts";
import { copyPicture, unmoved } from "../src/fashion/copy-picture.ts";
import { loadFashion, type Pictures, size } from "../src/fashion/fashion-data.ts";
import { accuracyMeter, accuracyOf } from "../src/fashion/measure-accuracy.ts";
import { resnetClassifier, squaresToChannels } from "../src/fashion/resnet-classifier.ts";
import { trainClassifier } from "../src/fashion/train-classifier.ts";
import { vitClassifier } from "../src/fashion/vit-classifier.ts";

const before = getBackend();
beforeAll(async () => setBackend(await createOnnxBackend()));
afterAll(() => setBackend(before));

/** Bars that lie, stand, or lean, at other places and in other grays each time; no class is brighter than another. */
const bars = (count: number, seed: number): Pictures => {
  let state = seed;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) % below;
  };
  const pixels = new Uint8Array(count * size * size);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  labels.forEach((label, i) => {
    const [offset, gray] = [draw(7), 120 + draw(120)];
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const along = [y, x, x + y][label] ?? 0;
        pixels[(i * size + y) * size + x] = (along + offset) % 7 < 3 ? gray : draw(60);
      }
  });
  return { pixels, labels };
};

const schedule = {
  epochs: 2,
  batchSize: 32,
  peak: 5e-3,
  weightDecay: 0.01,
  shift: 1,
  validation: 32,
};

/** Accuracy on unseen bars after training. */
const learned = async <M, T extends TrainState<unknown>>(
  classifier: Classifier<M, T>,
  epochs: number,
): Promise<number> => {
  const options = { classes: 3, every: 100, signal: new AbortController().signal };
  const training = { ...options, schedule: { ...schedule, epochs } };
  let model = classifier.init(key(0));
  for await (const standing of trainClassifier(key(0), classifier, bars(352, 1), training))
    ({ model } = standing);
  const unseen = bars(96, 2);
  const measure = accuracyMeter(classifier, { batchSize: 96, classes: 3 });
  return (await measure(model, unseen, Int32Array.from(unseen.labels.keys()))).all;
};

test("a ResNet tells bars apart by its running statistics", async () => {
  const config = resnetConfig({ channels: 4, stem: "small", widths: [8, 16], depths: [1, 1] });
  expect(await learned(resnetClassifier(config, 3), 4)).toBeGreaterThan(0.95);
});

test("a Vision Transformer tells bars apart", async () => {
  const sizes = { imageSize: size, patchSize: 7, channels: 1, nEmbd: 32, nLayer: 2, nHead: 2 };
  expect(await learned(vitClassifier(vitConfig({ ...sizes, hidden: 64 }), 3), 14)).toBeGreaterThan(
    0.95,
  );
});

test("training stops when it is told to", async () => {
  const config = resnetConfig({ channels: 4, stem: "small", widths: [4], depths: [1] });
  const stop = new AbortController();
  const training = { schedule, classes: 3, every: 1, signal: stop.signal };
  const steps: number[] = [];
  for await (const { step } of trainClassifier(
    key(0),
    resnetClassifier(config, 3),
    bars(352, 1),
    training,
  )) {
    steps.push(step);
    if (step === 2) stop.abort();
  }
  expect(steps).toEqual([1, 2, 3]);
});

test("the same seed gives the same batches, each picture once an epoch", async () => {
  const indices = Int32Array.from({ length: 10 }, (_, i) => i + 5);
  const plan = await planEpochs(key(3), indices, { epochs: 2, shift: 2 });
  expect(await planEpochs(key(3), indices, { epochs: 2, shift: 2 })).toEqual(plan);
  for (const { order, moves } of plan) {
    expect(order.toSorted()).toEqual(indices);
    expect(moves.every(({ right, down }) => Math.max(Math.abs(right), Math.abs(down)) <= 2)).toBe(
      true,
    );
  }
  expect(plan[0]?.order).not.toEqual(plan[1]?.order);
  const batchAt = batchesOf(bars(15, 1), plan, 5);
  const seen = await Promise.all([2, 3].map(async (step) => batchAt(step).labels.toArray()));
  expect(seen.flat()).toEqual(Array.from(plan[1]?.order ?? [], (i) => i % 3));
});

test("pictures are shifted and mirrored, and black comes in", () => {
  const pixels = new Uint8Array(size * size);
  pixels[3 * size + 5] = 255;
  const at = (move: Partial<typeof unmoved>): number => {
    const images = new Float32Array(size * size);
    copyPicture(pixels, 0, images, 0, { ...unmoved, ...move });
    expect(images.filter((x) => x > 0)).toHaveLength(1);
    return images.findIndex((x) => x > 0);
  };
  expect(at({})).toBe(3 * size + 5);
  expect(at({ right: 2, down: -1 })).toBe(2 * size + 7);
  expect(at({ isMirrored: true })).toBe(3 * size + 22);
  expect(at({ isMirrored: true, right: 1 })).toBe(3 * size + 23);
});

test("squares of pixels become channels", async () => {
  const image = tensor([1, 2, 3, 4, 5, 6, 7, 8]).reshape([1, 1, 2, 4]);
  const squares = [[[[1, 3]], [[2, 4]], [[5, 7]], [[6, 8]]]];
  expect(await squaresToChannels(image).toArray()).toEqual(squares);
});

test("accuracy counts right answers, of all and of each class", () => {
  expect(accuracyOf([0, 1, 1, 0], [0, 1, 0, 0], 2)).toEqual({ all: 0.75, perClass: [2 / 3, 1] });
});

test("reads the four files of a folder, gzipped or not", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fashion-"));
  const images = Uint8Array.of(
    0,
    0,
    8,
    3,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    28,
    0,
    0,
    0,
    28,
    ...bars(1, 1).pixels,
  );
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 9);
  try {
    for (const part of ["train", "t10k"]) {
      await writeFile(join(folder, `${part}-images-idx3-ubyte.gz`), gzipSync(images));
      await writeFile(join(folder, `${part}-labels-idx1-ubyte`), labels);
    }
    const { train, test: held } = await loadFashion(folder);
    expect([...train.labels, ...held.labels]).toEqual([9, 9]);
    expect(train.pixels).toEqual(bars(1, 1).pixels);
  } finally {
    await rm(folder, { recursive: true });
  }
});
