// Random segmentations: their frequencies against those of an enumeration, and what holds at the ends.
import {
  type BpeSpec,
  samplingEncoder,
  type SamplingOptions,
  textTokenizer,
  trainBpe,
  trainWordLevel,
  type TokenizerSpec,
  type UnigramSpec,
} from "@adjoint/tokenizers";
import { describe, expect, it } from "vitest";

const specOf = (model: BpeSpec | UnigramSpec): TokenizerSpec => ({
  addedTokens: [],
  normalizer: undefined,
  preTokenizer: undefined,
  model,
  postProcessor: undefined,
  decoder: undefined,
  truncation: undefined,
  padding: undefined,
});

/** How often each segmentation comes with the seeds from 0 on. */
const frequencies = (
  spec: TokenizerSpec,
  text: string,
  draws: number,
  options: SamplingOptions,
): Map<string, number> => {
  const encode = samplingEncoder(spec, options);
  const counts = new Map<string, number>();
  for (let seed = 0; seed < draws; seed++) {
    const key = encode(text, seed).join(" ");
    counts.set(key, (counts.get(key) ?? 0) + 1 / draws);
  }
  return counts;
};

/** Four standard errors of a share that is drawn so many times. */
const expectShares = (
  got: ReadonlyMap<string, number>,
  want: ReadonlyMap<string, number>,
  draws: number,
): void => {
  expect([...got.keys()].filter((key) => !want.has(key))).toEqual([]);
  for (const [key, share] of want)
    expect(Math.abs((got.get(key) ?? 0) - share), key).toBeLessThan(
      4 * Math.sqrt((share * (1 - share)) / draws),
    );
};

const pieces = [
  ["<unk>", 0],
  ["a", -1],
  ["b", -1.5],
  ["ab", -2],
  ["ba", -1.2],
  ["aba", -3],
] as const;
const unigram = specOf({ type: "Unigram", pieces, unkId: 0, byteFallback: false });

/** All ways to cut a text, by ids, with the product of the probabilities to a power. */
const ways = (text: string, smoothing: number): [ids: number[], weight: number][] => {
  if (text === "") return [[[], 1]];
  return pieces.flatMap(([piece, score], id) =>
    id > 0 && text.startsWith(piece)
      ? ways(text.slice(piece.length), smoothing).map(([ids, weight]): [number[], number] => [
          [id, ...ids],
          weight * Math.exp(score * smoothing),
        ])
      : [],
  );
};

describe("Unigram", () => {
  for (const smoothing of [1, 0.3, 3])
    it(`draws in proportion to probability to the power of ${smoothing}`, () => {
      const all = ways("ababa", smoothing);
      const total = all.reduce((sum, [, weight]) => sum + weight, 0);
      const want = new Map(all.map(([ids, weight]) => [ids.join(" "), weight / total]));
      const draws = 20_000;
      expectShares(frequencies(unigram, "ababa", draws, { smoothing }), want, draws);
    });
});

describe("BPE-dropout", () => {
  const bpe = specOf({
    type: "BPE",
    vocab: new Map([
      ["a", 0],
      ["b", 1],
      ["c", 2],
      ["ab", 3],
      ["abc", 4],
    ]),
    merges: [
      ["a", "b"],
      ["ab", "c"],
    ],
    unkToken: undefined,
    continuingSubwordPrefix: undefined,
    endOfWordSuffix: undefined,
    fuseUnk: false,
    byteFallback: false,
    ignoreMerges: false,
    dropout: undefined,
  });

  it("leaves merges out with its probability", () => {
    // "abc": the first merge happens or not, then the second.
    const draws = 20_000;
    const p = 0.3;
    const want = new Map([
      ["0 1 2", p],
      ["3 2", (1 - p) * p],
      ["4", (1 - p) * (1 - p)],
    ]);
    expectShares(frequencies(bpe, "abc", draws, { dropout: p }), want, draws);
  });

  it("puts merges off, and does them after another", () => {
    // "abab": two equal merges; the one that was put off comes again once the other is done.
    const draws = 20_000;
    const p = 0.4;
    const want = new Map([
      ["0 1 0 1", p * p],
      ["3 0 1", (1 - p) * p],
      ["0 1 3", p * (1 - p) * p],
      ["3 3", (1 - p) * (1 - p) * (1 + p)],
    ]);
    expectShares(frequencies(bpe, "abab", draws, { dropout: p }), want, draws);
  });

  it("is plain BPE at 0 and characters at 1", async () => {
    const text = "the three thieves there";
    const spec = await trainBpe([text], {
      preTokenizer: { type: "ByteLevel", addPrefixSpace: false, trimOffsets: true, useRegex: true },
      vocabSize: 300,
      ids: "bytesFirst",
    });
    const plain = textTokenizer(spec).encode(text);
    expect(samplingEncoder(spec, { dropout: 0 })(text, 1)).toEqual(plain);
    expect(samplingEncoder(spec)(text, 1)).toEqual(plain);
    expect([...samplingEncoder(spec, { dropout: 1 })(text, 1)]).toEqual([...Buffer.from(text)]);
  });
});

it("gives the same ids for the same seed, and all of the text back", async () => {
  const text = "to be or not to be, that is the question ".repeat(20);
  const spec = await trainBpe([text], {
    preTokenizer: { type: "ByteLevel", addPrefixSpace: false, trimOffsets: true, useRegex: true },
    vocabSize: 400,
    ids: "bytesFirst",
  });
  const encode = samplingEncoder(spec, { dropout: 0.2 });
  const { decode } = textTokenizer(spec);
  const [first, other, again] = [encode(text, 5), encode(text, 6), encode(text, 5)];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  expect(decode(first)).toBe(text);
  expect(decode(other)).toBe(text);
});

it("refuses models that cut one way only, and what is no probability", async () => {
  const words = await trainWordLevel(["a b"], { preTokenizer: { type: "Whitespace" } });
  expect(() => samplingEncoder(words)).toThrow(/only BPE and Unigram/);
  const spec = await trainBpe(["ab"], {});
  expect(() => samplingEncoder(spec, { dropout: 2 })).toThrow(/must be a probability/);
});
