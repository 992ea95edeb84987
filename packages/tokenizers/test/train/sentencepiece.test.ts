// Vocabularies and ids of sentencepiece's trainers on two corpora (tools/fixtures/make_sentencepiece_training.py).
import { readFileSync } from "node:fs";
import {
  sentencePieceFromBytes,
  sentencePieceOfTokenizer,
  sentencePieceSpaces,
  sentencePieceToBytes,
  textTokenizer,
  type TokenizerSpec,
  tokenizerFromJson,
  tokenizerOfSentencePiece,
  tokenizerToJson,
  trainBpe,
  trainUnigram,
} from "@adjoint/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

type Case = {
  readonly pieces: string;
  readonly rows: readonly { readonly text: string; readonly ids: readonly number[] }[];
};
const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const cases = JSON.parse(read("../fixtures/trained-sentencepiece.json")) as Record<string, Case>;
const caseOf = (name: string): Case => cases[name] as Case;
const wantedOf = (name: string): (readonly [piece: string, score: number])[] =>
  caseOf(name)
    .pieces.split("\u0001")
    .map((piece) => piece.split("\u0002"))
    .map(([piece, score]) => [piece ?? "", Number(score)]);

const plays = read("../../../../apps/shakespeare/data/tinyshakespeare.txt").split("\n");
const poems = read("../../../../tools/oracles/corpus/chinese-poetry.txt").split("\n");
const english = plays.slice(0, 6000);
const mixed = [
  ...Array.from({ length: 3 }, () => "😀😃 naïve café Ångström\u0301 ½ ⅷ 𝔘𝔫𝔦"),
  ...plays.slice(0, 1500),
  ...poems.slice(0, 1500),
];

const settings = {
  ...sentencePieceSpaces,
  rule: "sentencePiece",
  specialTokens: ["<unk>", "<s>", "</s>"],
  unkToken: "<unk>",
} as const;

const expectIds = (spec: TokenizerSpec, name: string): void => {
  const tokenizer = textTokenizer(spec);
  for (const { text, ids } of caseOf(name).rows)
    expect({ text, ids: [...tokenizer.encode(text)] }).toEqual({ text, ids });
};

describe("trainBpe by SentencePiece's rule", () => {
  const check = async (name: string, texts: readonly string[], options: object): Promise<void> => {
    const spec = await trainBpe(texts, { ...settings, ...options });
    if (spec.model.type !== "BPE") throw new Error("no BPE");
    expect([...spec.model.vocab.keys()]).toEqual(wantedOf(name).map(([piece]) => piece));
    expectIds(spec, name);
  };

  it("has its pieces in their order and its ids", () =>
    check("bpeEnglish", english, { vocabSize: 1000, characterCoverage: 1 }));

  it("has them with bytes for rare characters", () =>
    check("bpeMixed", mixed, { vocabSize: 4000, byteFallback: true }));

  it("stops where no pair is left", async () => {
    const { model } = await trainBpe(["ab ab, ab"], { ...settings, vocabSize: 1000 });
    expect(model.type === "BPE" && [...model.vocab.keys()].slice(3)).toEqual([
      "ab",
      "▁ab",
      "a",
      "b",
      "▁",
      ",",
    ]);
  });
});

describe("trainUnigram by SentencePiece's rule", () => {
  const check = async (name: string, texts: readonly string[], options: object): Promise<void> => {
    const spec = await trainUnigram(texts, { ...settings, ...options });
    if (spec.model.type !== "Unigram") throw new Error("no Unigram");
    const want = wantedOf(name);
    expect(spec.model.pieces.map(([piece]) => piece)).toEqual(want.map(([piece]) => piece));
    const apart = spec.model.pieces.map(([, score], id) => Math.abs(score - (want[id]?.[1] ?? 0)));
    expect(Math.max(...apart)).toBeLessThan(1e-5);
    expectIds(spec, name);
  };

  it("has its pieces in their order, scores and ids", () =>
    check("unigramEnglish", english, { vocabSize: 2000, characterCoverage: 1 }));

  it("has them with bytes for rare characters", () =>
    check("unigramMixed", mixed, { vocabSize: 4000, byteFallback: true }));

  it("takes texts that are longer than 32 bits are enough for", async () => {
    const text = plays
      .slice(0, 400)
      .join("")
      .replaceAll(/[^a-z]/g, "");
    const { model } = await trainUnigram([text], { ...settings, vocabSize: 200 });
    if (model.type !== "Unigram") throw new Error("no Unigram");
    const total = model.pieces.slice(3).reduce((sum, [, score]) => sum + Math.exp(score), 0);
    expect([text.length > 4192, model.pieces.length, total > 0.8, total < 1.01]).toEqual([
      true,
      200,
      true,
      true,
    ]);
  });
});

describe("byteFallback", () => {
  const metaspace = sentencePieceSpaces.preTokenizer;
  const texts = [...plays.slice(0, 200), "<0x41> <0x41> <0x41>"];
  const options = { preTokenizer: metaspace, vocabSize: 500, byteFallback: true } as const;

  for (const [name, train] of Object.entries({ trainBpe, trainUnigram }))
    it(`${name}: every text comes back, also from a file`, async () => {
      const spec = await train(texts, { ...options, specialTokens: ["<s>"] });
      const tokenizer = textTokenizer(spec);
      expect([0, 1, 256].map((id) => tokenizer.idToToken(id))).toEqual(["<s>", "<0x00>", "<0xFF>"]);
      expect(tokenizer.vocabSize).toBe(500);
      expect([...tokenizer.encode("字", { addSpecialTokens: false })].slice(-3)).toEqual([
        1 + 0xe5,
        1 + 0xad,
        1 + 0x97,
      ]);
      const loaded = tokenizerFromJson(tokenizerToJson(spec));
      if (loaded._tag === "Left") throw loaded.left;
      expect(loaded.right.model).toEqual(spec.model);
      const words = fc.array(
        fc.string({
          unit: fc.constantFrom("a", "the", "é", "字", "🙂", "\u0000", "<0x41>"),
          minLength: 1,
        }),
        { minLength: 1 },
      );
      fc.assert(
        fc.property(words, (words) => {
          const text = words.join(" ");
          expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
        }),
      );
    });

  it("trainBpe: no text is merged to the token of a byte", async () => {
    const { model } = await trainBpe(texts, { ...options, vocabSize: 2000 });
    if (model.type !== "BPE" || model.merges === "ranks") throw new Error("no merges");
    expect(model.merges.filter(([a, b]) => /^<0x[0-9A-F]{2}>$/.test(a + b))).toEqual([]);
  });

  it("is saved as a SentencePiece model", async () => {
    const spec = await trainBpe(english.slice(0, 300), {
      ...settings,
      vocabSize: 600,
      byteFallback: true,
    });
    const model = sentencePieceOfTokenizer(spec);
    if (model._tag === "Left") throw model.left;
    const back = sentencePieceFromBytes(sentencePieceToBytes(model.right));
    if (back._tag === "Left") throw back.left;
    expect(back.right.pieces.filter(({ type }) => type === "byte")).toHaveLength(256);
    const [ours, loaded] = [
      textTokenizer(spec),
      textTokenizer(tokenizerOfSentencePiece(back.right)),
    ];
    for (const { text } of caseOf("bpeMixed").rows)
      expect([...loaded.encode(text)]).toEqual([...ours.encode(text)]);
  });
});

describe("sentencePieceSpaces", () => {
  it("differs from its SentencePiece model in texts that begin with the mark, as documented", async () => {
    const spec = await trainUnigram(["the the"], { ...settings, vocabSize: 12 });
    const file = sentencePieceOfTokenizer(spec);
    if (file._tag === "Left") throw file.left;
    const [ours, loaded] = [
      textTokenizer(spec),
      textTokenizer(tokenizerOfSentencePiece(file.right)),
    ];
    const marks = (tokenizer: typeof ours, text: string): number =>
      tokenizer.encoding(text).tokens.join("").replaceAll(/[^▁]/g, "").length;
    expect(["the", "t▁he", "▁the"].map((text) => marks(ours, text))).toEqual([1, 2, 1]);
    expect(["the", "t▁he", "▁the"].map((text) => marks(loaded, text))).toEqual([1, 2, 2]);
  });
});

describe("settings that make no sense", () => {
  it("are refused", async () => {
    const byteLevel = {
      type: "ByteLevel",
      addPrefixSpace: false,
      trimOffsets: true,
      useRegex: true,
    } as const;
    const refused = [
      [trainBpe([], { byteFallback: true, preTokenizer: byteLevel }), /byteFallback is for/],
      [trainBpe([], { byteFallback: true, ids: "bytesFirst" }), /by byteFallback or by ids/],
      [trainBpe([], { rule: "sentencePiece", ties: "firstSeen" }), /takes no such setting/],
      [trainBpe([], { rule: "sentencePiece", preTokenizer: byteLevel }), /is for characters/],
      [trainBpe([], { characterCoverage: 0.9 }), /goes with rule/],
      [trainUnigram([], { ...settings, characterCoverage: 0 }), /above 0 and at most 1/],
      [trainUnigram(["abc"], { byteFallback: true, vocabSize: 257 }), /room for all/],
      [trainBpe(["abc"], { ...settings, vocabSize: 5 }), /room for all/],
    ] as const;
    for (const [work, message] of refused) await expect(work).rejects.toThrow(message);
  });
});
