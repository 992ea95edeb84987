import { createOnnxBackend } from "@adjoint/backend-onnx";
import { getBackend, setBackend } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bigramLoss } from "../src/names/bigram.ts";
import { nameRows, namesOf, readNames, without } from "../src/names/names-data.ts";
import { sampleNames } from "../src/names/sample-names.ts";
import { trainNames } from "../src/names/train-names.ts";

const before = getBackend();
beforeAll(async () => setBackend(await createOnnxBackend()));
afterAll(() => setBackend(before));

/** Ten times each of aaa, bbb, …: once the first letter is known, counting characters tells the rest. */
const simple = Array.from({ length: 260 }, (_, i) => String.fromCodePoint(97 + (i % 26)).repeat(3));

/** No model of all letters alike is below it, unless it sees what it is to guess: ln 26 for the first of four characters. */
const floor = Math.log(26) / 4;

test("counting pairs in all names gives the loss that is known of makemore", async () => {
  const { train, test } = await readNames();
  const names = [...train, ...test];
  expect(bigramLoss(names, names, 0)).toBeCloseTo(2.454, 4);
  expect(bigramLoss(names, names, 1)).toBeCloseTo(2.4546, 4);
  // of the same names, counted by other code: makemore's split with seed 3407
  expect(bigramLoss(train, test, 1)).toBeCloseTo(2.44967, 5);
});

test("names to learn from and to judge by have the sizes of makemore's", async () => {
  const { train, test, blockSize, tokenizer } = await readNames();
  const sizes = [train.length, test.length, blockSize, tokenizer.vocabSize];
  expect(sizes).toEqual([31_033, 1000, 16, 27]);
  expect(without(["a", "b", "a", "a"], ["a", "a", "c"])).toEqual(["b", "a"]);
});

test("a row asks for each character of a name and for its end", async () => {
  const names = namesOf(["ab"], ["b"]);
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
  const names = namesOf(simple, simple.slice(0, 26));
  const bigram = bigramLoss(names.train, names.test);
  expect(bigram).toBeGreaterThan(1.2);
  const { params, config, history } = await trainNames(names, {
    ...{ key: key(1), steps: 180, every: 90 },
  });
  expect(history.map(({ step }) => step)).toEqual([90, 180]);
  expect(history.at(-1)?.testLoss).toBeLessThan(1);
  expect(history.at(-1)?.testLoss).toBeGreaterThan(floor);

  const model = { config, tokenizer: names.tokenizer };
  const samples = await sampleNames(params, model, { key: key(2), count: 200 });
  const right = samples.filter((name) => simple.includes(name));
  expect(right.length).toBeGreaterThan(160);
  expect(new Set(right).size).toBeGreaterThan(15);
  expect(await sampleNames(params, model, { key: key(2), count: 200 })).toEqual(samples);
  expect(await sampleNames(params, model, { key: key(3), count: 200 })).not.toEqual(samples);
});

test("training stops after the step in progress when asked to", async () => {
  const names = namesOf(simple, simple.slice(0, 26));
  const signal = AbortSignal.abort();
  const { history } = await trainNames(names, { key: key(1), steps: 1000, signal });
  expect(history.map(({ step }) => step)).toEqual([1]);
});
