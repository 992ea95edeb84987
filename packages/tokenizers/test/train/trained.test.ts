// Vocabularies of Hugging Face's trainers on two corpora (tools/fixtures/make_tokenizers.py).
import { readFileSync } from "node:fs";
import {
  type NormalizerSpec,
  type PreTokenizerSpec,
  trainBpe,
  type TrainBpeOptions,
  trainUnigram,
  type TrainUnigramOptions,
  trainWordLevel,
  trainWordPiece,
} from "@adjoint/tokenizers";
import { describe, expect, it } from "vitest";

type Case = {
  readonly merges: string;
  readonly vocabSize: number;
  readonly base: readonly string[];
  readonly special: readonly string[];
  readonly tokens: string;
  readonly pieces: string;
};
const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const trained = JSON.parse(read("../fixtures/trained.json")) as Record<string, Case>;
const caseOf = (name: string): Case => trained[name] as Case;

const linesOf = (path: string, count: number): string[] =>
  read(path)
    .split(/(?<=\n)/)
    .slice(0, count);
const plays = "../../../../apps/shakespeare/data/tinyshakespeare.txt";
const poems = "../../../../tools/oracles/corpus/chinese-poetry.txt";
const english = linesOf(plays, 6000);
const mixed = [
  ...linesOf(plays, 1500),
  ...linesOf(poems, 1500),
  ...Array.from({ length: 3 }, () => "😀😃 naïve café Ångström\u0301 ½ ⅷ 𝔘𝔫𝔦\n"),
];

const byteLevel: PreTokenizerSpec = {
  type: "ByteLevel",
  addPrefixSpace: false,
  trimOffsets: true,
  useRegex: true,
};
const metaspace: PreTokenizerSpec = {
  type: "Metaspace",
  replacement: "▁",
  prependScheme: "always",
  split: true,
};
const bert: NormalizerSpec = {
  type: "Bert",
  cleanText: true,
  handleChineseChars: true,
  stripAccents: undefined,
  lowercase: true,
};

describe("trainBpe", () => {
  const check = async (name: string, texts: readonly string[], options: TrainBpeOptions) => {
    const { model } = await trainBpe(texts, options);
    const want = caseOf(name);
    if (model.type !== "BPE" || model.merges === "ranks") throw new Error("no merges");
    expect(model.merges.map(([a, b]) => `${a} ${b}`)).toEqual(want.merges.split("\n"));
    expect(model.vocab.size).toBe(want.vocabSize);
    const special = options.specialTokens?.length ?? 0;
    expect([...model.vocab.keys()].slice(special, special + want.base.length)).toEqual(want.base);
  };

  it("has Hugging Face's merges of bytes", async () => {
    await check("bpeBytesEnglish", english, {
      preTokenizer: byteLevel,
      vocabSize: 2500,
      specialTokens: ["<|endoftext|>"],
      minFrequency: 2,
    });
    await check("bpeBytesMixed", mixed, { preTokenizer: byteLevel, vocabSize: 3000 });
  });

  it("has its merges of characters up to a length", () =>
    check("bpeCharactersMixed", mixed, {
      preTokenizer: { type: "Whitespace" },
      vocabSize: 4000,
      maxTokenLength: 5,
    }));

  it("has its merges with a suffix at the end of words", () =>
    check("bpeSuffixEnglish", english, {
      preTokenizer: { type: "WhitespaceSplit" },
      vocabSize: 1500,
      specialTokens: caseOf("bpeSuffixEnglish").special,
      endOfWordSuffix: "</w>",
    }));
});

describe("trainWordPiece", () => {
  const check = async (name: string, texts: readonly string[], vocabSize: number) => {
    const { special, tokens } = caseOf(name);
    const { model } = await trainWordPiece(texts, {
      normalizer: bert,
      preTokenizer: { type: "BertPreTokenizer" },
      vocabSize,
      specialTokens: special,
    });
    if (model.type !== "WordPiece") throw new Error("no WordPiece");
    expect([...model.vocab.keys()]).toEqual(tokens.split("\n"));
  };

  it("has Hugging Face's tokens", async () => {
    await check("wordPieceEnglish", english, 2000);
    await check("wordPieceMixed", mixed, 3500);
  });
});

describe("trainUnigram", () => {
  const check = async (
    name: string,
    texts: readonly string[],
    options: Partial<TrainUnigramOptions>,
  ) => {
    const { model } = await trainUnigram(texts, {
      preTokenizer: metaspace,
      unkToken: "<unk>",
      specialTokens: ["<s>", "<unk>"],
      ...options,
    });
    if (model.type !== "Unigram") throw new Error("no Unigram");
    const want = caseOf(name)
      .pieces.split("\u0001")
      .map((piece) => piece.split("\u0002"))
      .map(([piece, score]): readonly [string, number] => [piece ?? "", Number(score)]);
    expect(model.unkId).toBe(1);
    expect(model.pieces.map(([piece]) => piece).toSorted()).toEqual(
      want.map(([piece]) => piece).toSorted(),
    );
    // Characters that training dropped get scores just above the least one, in an order that is random there: they are
    // compared as a sorted list, all others piece by piece.
    model.pieces.forEach(([, score], id) => {
      expect(Math.abs(score - (want[id]?.[1] ?? 0))).toBeLessThan(1e-4);
    });
    const [scores, wanted] = [new Map(model.pieces), new Map(want)];
    const least = Math.min(...wanted.values());
    const apart = [...wanted].filter(
      ([piece, score]) => Math.abs((scores.get(piece) ?? 0) - score) >= 1e-4,
    );
    for (const [piece, score] of apart) {
      expect([...piece]).toHaveLength(1);
      expect(score).toBeLessThan(least + 1e-4 * apart.length + 1e-3);
    }
    expect(apart.length).toBeLessThan(want.length / 3);
  };

  it("has Hugging Face's pieces and scores", async () => {
    await check("unigramEnglish", english, { vocabSize: 1200 });
    await check("unigramMixed", mixed, { vocabSize: 3500 });
  });

  it("has them with other settings", () =>
    check("unigramFactor", english, {
      vocabSize: 600,
      shrinkingFactor: 0.6,
      nSubIterations: 3,
      maxPieceLength: 6,
    }));
});

describe("trainWordLevel", () => {
  const check = async (
    name: string,
    texts: readonly string[],
    options: { vocabSize: number; minFrequency?: number },
  ) => {
    const { model } = await trainWordLevel(texts, {
      preTokenizer: { type: "Whitespace" },
      specialTokens: ["[UNK]", "[PAD]"],
      ...options,
    });
    if (model.type !== "WordLevel") throw new Error("no WordLevel");
    expect([...model.vocab.keys()]).toEqual(caseOf(name).tokens.split("\n"));
  };

  it("has Hugging Face's words", async () => {
    await check("wordLevelEnglish", english, { vocabSize: 2000, minFrequency: 3 });
    await check("wordLevelMixed", mixed, { vocabSize: 5000 });
  });
});
