import { ArgumentError, fromData, oneHot, softmax, type Tensor } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { gpt, gptConfig } from "@adjoint/nn";
import { filterLogits, generate, type GenerateOptions } from "@adjoint/recipes";
import { describe, expect, test } from "vitest";

const config = gptConfig({ vocabSize: 11, blockSize: 6, nLayer: 1, nHead: 2, nEmbd: 8 });
const start = gpt.init(key(2), config);
// large weights, so that what comes before matters
const params = {
  ...start,
  wte: { table: start.wte.table.mul(60) },
  wpe: { table: start.wpe.table.mul(30) },
};
const model = (p: typeof params, tokens: Tensor): Tensor => gpt.apply(p, tokens, config);

const drawn = async (prompt: readonly number[], options: Partial<GenerateOptions> = {}) => {
  const all = { key: key(1), blockSize: 6, maxNewTokens: 12, ...options };
  const out: { token: number; probability: number }[] = [];
  for await (const one of generate(model, params, prompt, all)) out.push(one);
  return out;
};
const tokensOf = async (prompt: readonly number[], options: Partial<GenerateOptions> = {}) =>
  (await drawn(prompt, options)).map(({ token }) => token);

/** Scores after a context, without padding or compiling. */
const scores = async (context: readonly number[]): Promise<number[]> => {
  const seen = context.slice(-6);
  const logits = model(params, fromData(Int32Array.from(seen), [1, seen.length]));
  return ((await logits.toArray()) as number[][][])[0]?.at(-1) ?? [];
};

const best = (row: readonly number[]): number => row.indexOf(Math.max(...row));

describe("generate", () => {
  test("temperature 0 takes the best token of the last blockSize tokens each time", async () => {
    const context = [3];
    for (let i = 0; i < 12; i++) context.push(best(await scores(context)));
    expect(await tokensOf([3], { temperature: 0 })).toEqual(context.slice(1));
  });

  test("a prompt longer than the block is the same as its end", async () => {
    const long = [9, 8, 7, 1, 2, 3, 4, 5, 6];
    expect(await tokensOf(long)).toEqual(await tokensOf(long.slice(-6)));
    expect(await tokensOf(long)).not.toEqual(await tokensOf([...long.slice(0, -1), 7]));
  });

  test("the same key writes the same text, another key another one", async () => {
    expect(await tokensOf([1, 2])).toEqual(await tokensOf([1, 2]));
    expect(await tokensOf([1, 2], { key: key(7) })).not.toEqual(await tokensOf([1, 2]));
  });

  test("a longer text begins as a shorter one", async () => {
    const short = await tokensOf([4], { maxNewTokens: 5 });
    expect((await tokensOf([4], { maxNewTokens: 12 })).slice(0, 5)).toEqual(short);
    expect(short.length).toBe(5);
  });

  test("gives the probability that each token was drawn with", async () => {
    const options = { temperature: 0.9, topK: 4 };
    const context = [5, 1];
    for (const { token, probability } of await drawn(context, options)) {
      const row = fromData(Float32Array.from(await scores(context)), [11]);
      const expected = await softmax(filterLogits(row, options)).data();
      expect(probability).toBeCloseTo(expected[token] ?? Number.NaN, 4);
      expect(probability).toBeGreaterThan(0);
      context.push(token);
    }
  });

  test("stops behind the token that it is told to stop at", async () => {
    const counter = (_: null, tokens: Tensor): Tensor => oneHot(tokens.add(1), 20);
    const options = {
      key: key(0),
      blockSize: 3,
      temperature: 0,
      maxNewTokens: Number.POSITIVE_INFINITY,
    };
    const out: number[] = [];
    for await (const { token } of generate(counter, null, [2], {
      ...options,
      stop: (t) => t === 7,
    }))
      out.push(token);
    expect(out).toEqual([3, 4, 5, 6, 7]);
  });

  test("asked for nothing it gives nothing", async () => {
    expect(await tokensOf([1], { maxNewTokens: 0 })).toEqual([]);
  });

  test.each([
    [[], {}, "a prompt of at least one token"],
    [[1], { blockSize: 0 }, "blockSize must be"],
    [[1], { maxNewTokens: Number.NaN }, "maxNewTokens at least 0"],
    [[1], { topK: 0 }, "topK 0"],
  ])("refuses %j with %j", async (prompt, options, message) => {
    await expect(drawn(prompt, options)).rejects.toThrow(ArgumentError);
    await expect(drawn(prompt, options)).rejects.toThrow(message);
  });
});
