import { createOnnxBackend } from "@adjoint/backend-onnx";
import { getBackend, setBackend } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { decoder } from "@adjoint/models";
import { afterAll, beforeAll, expect, test } from "vitest";
import { comparison } from "../src/experts/comparison.ts";
import { corpusOf, readShakespeare } from "../src/experts/corpus.ts";
import { denseConfig, expertsConfig } from "../src/experts/model.ts";
import { layerRouting, routingOf } from "../src/experts/routing-report.ts";
import { trainDecoder } from "../src/experts/train-decoder.ts";
import { workOf } from "../src/experts/work.ts";

const before = getBackend();
beforeAll(async () => setBackend(await createOnnxBackend()));
afterAll(() => setBackend(before));

const sizes = { vocabSize: 65, blockSize: 64, nEmbd: 96, nLayer: 3, nHead: 3 };

test("dense and experts take the same for a token, and experts hold more", () => {
  const dense = denseConfig(sizes, 388);
  const experts = expertsConfig(sizes, 388, { nExpert: 8, topK: 2 });
  const [one, many] = [dense, experts].map((config) =>
    workOf(decoder.init(key(0), config), config, [2, 64]),
  );
  expect(many?.flops).toBe(one?.flops);
  expect(many?.active).toBe(one?.active);
  // by hand: attention's 4 matrices and scores and means over 64 tokens, the MLP's two, the head
  const layer = 2 * (4 * 96 * 96 + 2 * 96 * 388) + 4 * 64 * 96;
  expect(one?.flops).toBe(3 * layer + 2 * 96 * 65);
  expect(one?.carriedOut).toBe(one?.flops);
  expect((many?.parameters ?? 0) - (one?.parameters ?? 0)).toBe(3 * 6 * 2 * 96 * 192);
});

test("experts that cannot take the same are refused", () => {
  expect(() => expertsConfig(sizes, 389, { nExpert: 8, topK: 2 })).toThrow(/multiple of 2/);
});

test("loads, entropy and favourites of a layer", () => {
  // 60 tokens 0 go to expert 0, 20 tokens 1 to expert 1, all gates at (3/4, 1/4)
  const tokens = Int32Array.from({ length: 80 }, (_, i) => (i < 60 ? 0 : 1));
  const gates = Array.from({ length: 80 }, () => [0.75, 0.25]).flat();
  const { load, entropy, favourites } = layerRouting(tokens, tokens, gates, [3, 2]);
  expect(load).toEqual([0.75, 0.25]);
  const bits = -0.75 * Math.log2(0.75) - 0.25 * Math.log2(0.25); // of the one bit that even gates have
  expect(entropy).toBeCloseTo(bits, 10);
  expect(favourites.map(([first]) => first)).toEqual([0, 1]);
});

test("learns a text by heart with experts, whose loads add up", async () => {
  const corpus = corpusOf("the quick brown fox jumps over it; ".repeat(60));
  const { vocabSize } = corpus.tokenizer;
  const small = { vocabSize, blockSize: 16, nEmbd: 24, nLayer: 2, nHead: 2 };
  const config = expertsConfig(small, 52, { nExpert: 4, topK: 2 });
  const options = { key: key(0), steps: 120, batchSize: 8, every: 60 };
  const { params, history, validation } = await trainDecoder(corpus, config, options);
  expect(history.map(({ step }) => step)).toEqual([60, 120]);
  expect(validation).toBeLessThan(0.45); // 2.9 before, 2.7 from the letters' frequencies
  const layers = await routingOf(params, config, corpus.validation);
  expect(layers).toHaveLength(2);
  for (const { load, entropy } of layers) {
    expect(load.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
    expect(Math.max(...load)).toBeLessThan(0.5); // the most that two of four choices allow one expert
    expect(entropy).toBeLessThan(1);
  }
});

test("only seeds that both models have finished are compared", () => {
  expect(comparison({ dense: [2.5], experts: [] })).toMatch(/nothing to compare/);
  expect(comparison({ dense: [2.5, 2, 9], experts: [2.25, 1.75] })).toBe(
    "validation loss over 2 seeds: dense 2.2500, experts 2.0000, experts better by 0.2500",
  );
});

test("Tiny Shakespeare is cut at nine tenths", async () => {
  const { tokenizer, train, validation } = await readShakespeare();
  expect([tokenizer.vocabSize, train.length, validation.length]).toEqual([65, 1_003_854, 111_540]);
});
