// Models against Hugging Face's (tools/fixtures/make_tokenizer_models.py), and against naive ones on long pieces.
import { readFileSync } from "node:fs";
import {
  type BpeSpec,
  byteTokenizer,
  type ModelSpec,
  type TextTokenizer,
  textTokenizer,
  TokenizerFormatError,
  tokenizerFromJson,
  trainBpe,
  UnknownTokenError,
} from "@adjoint/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

type Case = {
  readonly name: string;
  readonly model: unknown;
  readonly out: readonly (readonly [readonly number[], readonly number[]] | null)[];
};
const { pieces, cases } = JSON.parse(
  readFileSync(new URL("fixtures/models.json", import.meta.url), "utf8"),
) as { readonly pieces: readonly string[]; readonly cases: readonly Case[] };

const loaded = (model: unknown): TextTokenizer => {
  const spec = tokenizerFromJson(JSON.stringify({ model }));
  if (spec._tag === "Left") throw spec.left;
  return textTokenizer(spec.right);
};

const bare = (model: ModelSpec): TextTokenizer =>
  textTokenizer({
    addedTokens: [],
    normalizer: undefined,
    preTokenizer: undefined,
    model,
    postProcessor: undefined,
    decoder: undefined,
    truncation: undefined,
    padding: undefined,
  });

/** Offsets in characters instead of UTF-16 units. */
const inCharacters = (text: string, offsets: Int32Array): number[] =>
  Array.from(offsets, (at) => [...text.slice(0, at)].length);

/**
 * Where Hugging Face's offsets are not where the tokens are: it adds up the lengths of tokens, so characters that are
 * dropped, or an unknown one that is written after the bytes behind it, shift what follows.
 */
const shifted = new Set(["BPE without unknown", "BPE with some bytes"]);

describe("models", () => {
  for (const { name, model, out } of cases)
    it(`${name}: Hugging Face's ids and offsets`, () => {
      const tokenizer = loaded(model);
      pieces.forEach((piece, i) => {
        const want = out[i];
        if (want === null || want === undefined) {
          expect(() => tokenizer.encode(piece), piece).toThrow(TokenizerFormatError);
          return;
        }
        const { ids, offsets } = tokenizer.encoding(piece);
        expect([...ids], piece).toEqual(want[0]);
        if (!shifted.has(name)) expect(inCharacters(piece, offsets), piece).toEqual(want[1]);
        expect([...tokenizer.encode(piece)], piece).toEqual(want[0]);
      });
    });
});

it("BPE that drops characters has offsets of what it keeps", () => {
  const spec = cases.find(({ name }) => name === "BPE without unknown");
  const { tokens, offsets } = loaded(spec?.model).encoding("xxa😀_");
  expect(tokens).toEqual(["a"]);
  expect([...offsets]).toEqual([2, 3]);
});

const plays = readFileSync(
  new URL("../../../apps/shakespeare/data/tinyshakespeare.txt", import.meta.url),
  "utf8",
);
const byteLevel = {
  type: "ByteLevel",
  addPrefixSpace: false,
  trimOffsets: true,
  useRegex: false,
} as const;

const trained = async (): Promise<BpeSpec> => {
  const { model } = await trainBpe([plays.slice(0, 30_000)], {
    preTokenizer: { ...byteLevel, useRegex: true },
    vocabSize: 500,
    ids: "bytesFirst",
  });
  if (model.type !== "BPE") throw new Error("no BPE");
  return model;
};

/** Byte-pair encoding as in a textbook: merges one pair at a time, lowest rank first, leftmost first. */
const naive = ({ vocab, merges }: BpeSpec, bytes: Uint8Array): number[] => {
  if (merges === "ranks") throw new Error("no merges");
  const names = [...vocab.keys()];
  const ranks = new Map(merges.map((pair, rank) => [pair.join(" "), rank]));
  const tokens = Array.from(bytes, (byte) => names[byte] as string);
  for (;;) {
    let best = -1;
    let least = Infinity;
    for (let i = 0; i + 1 < tokens.length; i++) {
      const rank = ranks.get(`${tokens[i]} ${tokens[i + 1]}`) ?? Infinity;
      if (rank < least) [best, least] = [i, rank];
    }
    if (best < 0) return tokens.map((token) => vocab.get(token) as number);
    tokens.splice(best, 2, `${tokens[best]}${tokens[best + 1]}`);
  }
};

describe("byte-level BPE", () => {
  it("merges pieces of any length as a naive one does", async () => {
    const model = await trained();
    const tokenizer = textTokenizer({
      ...bare(model).spec,
      preTokenizer: byteLevel,
      decoder: { type: "ByteLevel" },
    });
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom("the", "he", "a", "in", "é", "🙂", " "), maxLength: 120 }),
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.nat(20_000).map((at) => plays.slice(at, at + 150)),
    );
    fc.assert(
      fc.property(text, (text) => {
        const bytes = new TextEncoder().encode(text);
        const ids = tokenizer.encode(text);
        expect([...ids]).toEqual(naive(model, bytes));
        expect([...tokenizer.encoding(text).ids]).toEqual([...ids]);
        expect(tokenizer.decode(ids)).toBe(
          new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes),
        );
      }),
      { numRuns: 80 },
    );
  });

  it("finds by ranks what it finds by merges", async () => {
    const model = await trained();
    const specs = [model, { ...model, merges: "ranks" } as const].map((model) =>
      textTokenizer({ ...bare(model).spec, preTokenizer: { ...byteLevel, useRegex: true } }),
    );
    const [byMerges, byRanks] = specs.map((tokenizer) => [
      ...tokenizer.encode(plays.slice(0, 100_000)),
    ]);
    expect(byRanks).toEqual(byMerges);
  });

  it("takes time in proportion to length, whatever the text", async () => {
    const tokenizer = textTokenizer({ ...bare(await trained()).spec, preTokenizer: byteLevel });
    const seconds = (text: string): number => {
      const start = performance.now();
      tokenizer.encode(text);
      return (performance.now() - start) / 1000;
    };
    const mixed = plays.replaceAll(/\s/g, "");
    for (const text of ["e".repeat(400_000), "the".repeat(130_000), mixed.slice(0, 400_000)]) {
      seconds(text.slice(0, 50_000));
      // A quadratic one takes hours; the bound leaves room for a busy machine.
      expect(seconds(text)).toBeLessThan(20);
    }
  });
});

describe("a huge piece", () => {
  it("does not hold WordPiece or Unigram up", () => {
    const vocab = new Map([
      ["[UNK]", 0],
      ["a", 1],
      ["##a", 2],
    ]);
    const wordPiece = bare({
      type: "WordPiece",
      vocab,
      unkToken: "[UNK]",
      continuingSubwordPrefix: "##",
      maxInputCharsPerWord: 1_000_000,
    });
    const unigram = bare({
      type: "Unigram",
      pieces: [
        ["<unk>", 0],
        ["a", -1],
        ["aa", -1.5],
      ],
      unkId: 0,
      byteFallback: false,
    });
    const text = "a".repeat(200_000);
    expect(wordPiece.encode(text)).toHaveLength(200_000);
    expect(unigram.encode(text)).toHaveLength(100_000);
  });
});

describe("damaged models", () => {
  const model: BpeSpec = {
    type: "BPE",
    vocab: new Map([
      ["a", 0],
      ["b", 1],
    ]),
    merges: [["a", "b"]],
    unkToken: undefined,
    continuingSubwordPrefix: undefined,
    endOfWordSuffix: undefined,
    fuseUnk: false,
    byteFallback: false,
    ignoreMerges: false,
    dropout: undefined,
  };

  it("refuses a merge of or to what is no token", () => {
    expect(() => bare(model)).toThrow(/must be in the vocabulary/);
    expect(() => bare({ ...model, merges: [["a", "c"]] })).toThrow(TokenizerFormatError);
  });

  it("refuses an unknown piece that is none", () => {
    const pieces = [["a", 0]] as const;
    expect(() => bare({ type: "Unigram", pieces, unkId: 1, byteFallback: false })).toThrow(
      TokenizerFormatError,
    );
  });
});

describe("byteTokenizer", () => {
  it("is UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const ids = byteTokenizer.encode(text);
        expect([...ids]).toEqual([...Buffer.from(text, "utf8")]);
        expect(byteTokenizer.decode(ids)).toBe(Buffer.from(text, "utf8").toString("utf8"));
      }),
    );
    expect(() => byteTokenizer.decode([65, 256])).toThrow(UnknownTokenError);
  });
});
