import { createOnnxBackend } from "@adjoint/backend-onnx";
import { getBackend, setBackend } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bigramLoss } from "../src/names/bigram.ts";
import { nameRows, readNames, splitNames } from "../src/names/names-data.ts";
import { sampleNames } from "../src/names/sample-names.ts";
import { trainNames } from "../src/names/train-names.ts";

const before = getBackend();
beforeAll(async () => setBackend(await createOnnxBackend()));
afterAll(() => setBackend(before));

/** Ten times each of aaa, bbb, …: once the first letter is known, counting characters tells the rest. */
const simple = Array.from({ length: 260 }, (_, i) => String.fromCodePoint(97 + (i % 26)).repeat(3));

/** Nats a character of a model that knows all that can be known: ln 26 for the first of four. */
const floor = Math.log(26) / 4;

test("counting pairs in all names gives the loss that is known of makemore", async () => {
  const names = await readNames();
  expect(bigramLoss(names, names, 0)).toBeCloseTo(2.454, 4);
  expect(bigramLoss(names, names, 1)).toBeCloseTo(2.4546, 4);
});

test("names are split as makemore does, the same way each time", async () => {
  const all = await readNames();
  const { train, test, blockSize, tokenizer } = await splitNames(all, key(1));
  expect([train.length, test.length, blockSize, tokenizer.vocabSize]).toEqual([
    31_033, 1000, 16, 27,
  ]);
  expect([...train, ...test].toSorted()).toEqual(all.toSorted());
  expect((await splitNames(all, key(1))).test).toEqual(test);
  expect((await splitNames(all, key(2))).test).not.toEqual(test);
});

test("a row asks for each character of a name and for its end", async () => {
  const names = await splitNames(["ab", "b"], key(0));
  const { inputs, targets } = nameRows(["ab", "b"], names);
  expect(await inputs.toArray()).toEqual([
    [0, 1, 2],
    [0, 2, 0],
  ]);
  expect(await targets.toArray()).toEqual([
    [1, 2, 0],
    [2, 0, -1],
  ]);
});

test("the model learns what pairs of characters cannot tell, and nothing that is not there", async () => {
  const names = await splitNames(simple, key(0));
  const bigram = bigramLoss(names.train, names.test);
  expect(bigram).toBeGreaterThan(1.2);
  const { params, config, history } = await trainNames(names, {
    ...{ key: key(1), steps: 180, every: 90 },
  });
  expect(history.map(({ step }) => step)).toEqual([90, 180]);
  expect(history.at(-1)?.testLoss).toBeLessThan(1);
  expect(history.at(-1)?.testLoss).toBeGreaterThan(0.9 * floor);

  const model = { config, tokenizer: names.tokenizer };
  const samples = await sampleNames(params, model, { key: key(2), count: 200 });
  const right = samples.filter((name) => simple.includes(name));
  expect(right.length).toBeGreaterThan(160);
  expect(new Set(right).size).toBeGreaterThan(15);
  expect(await sampleNames(params, model, { key: key(2), count: 200 })).toEqual(samples);
  expect(await sampleNames(params, model, { key: key(3), count: 200 })).not.toEqual(samples);
});

test("training stops after the step in progress when asked to", async () => {
  const names = await splitNames(simple, key(0));
  const signal = AbortSignal.abort();
  const { history } = await trainNames(names, { key: key(1), steps: 1000, signal });
  expect(history.map(({ step }) => step)).toEqual([1]);
});
