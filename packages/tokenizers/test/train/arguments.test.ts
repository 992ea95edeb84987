// What trainers refuse before they train, and tokens that are asked for twice or not in the texts.
import { ArgumentError } from "@adjoint/core";
import {
  sentencePieceOfTokenizer,
  sentencePieceSpaces,
  sentencePieceToBytes,
  textTokenizer,
  tokenizerFromJson,
  tokenizerFromSentencePiece,
  type TokenizerSpec,
  tokenizerToJson,
  trainBpe,
  trainUnigram,
  trainWordLevel,
  trainWordPiece,
} from "@adjoint/tokenizers";
import { describe, expect, it } from "vitest";

type Train = (texts: Iterable<string>, options?: object) => Promise<TokenizerSpec>;

const trainers: Readonly<Record<string, Train>> = {
  trainBpe,
  trainUnigram,
  trainWordLevel,
  trainWordPiece,
};
const spaces = { ...sentencePieceSpaces, rule: "sentencePiece" } as const;
const lines = ["the cat sat on the mat.", "the cat ate the rat.", "a rat sat."];

const refuses = async (work: Promise<unknown>, message: RegExp): Promise<void> => {
  await expect(work).rejects.toThrow(ArgumentError);
  await expect(work).rejects.toThrow(message);
};

for (const [name, train] of Object.entries(trainers))
  describe(`${name} refuses`, () => {
    it("a text for texts, what is no text, and what is nothing", async () => {
      await refuses(train("low lower"), /needs texts, several/);
      await refuses(train(null as unknown as string[]), /needs texts, several/);
      await refuses(train([1 as unknown as string]), /each text must be a string/);
      await refuses(train(["a", undefined as unknown as string]), /each text must be a string/);
      await refuses(train([], null as unknown as object), /settings must be an object/);
    });

    it("special tokens that repeat, are empty or no texts", async () => {
      await refuses(train(["a b"], { specialTokens: ["<s>", "<s>"] }), /must differ/);
      await refuses(train(["a b"], { specialTokens: ["<s>", ""] }), /none empty/);
      await refuses(train(["a b"], { specialTokens: [1] }), /must be texts/);
      await refuses(train(["a b"], { specialTokens: "<s>" }), /must be an array/);
      await refuses(train(["a b"], { unkToken: "" }), /unkToken must not be empty/);
    });

    it("words that no setting has", async () => {
      await refuses(train([], { rule: "sentencepiece" }), /rule must be "huggingFace" or "sent/);
      await refuses(train([], { pruneRule: "foo" }), /pruneRule must be/);
      await refuses(train([], { ties: "first" }), /ties must be "lowestIds" or/);
      await refuses(train([], { ids: "bytes" }), /ids must be/);
      await refuses(train([], { byteFallback: "yes" }), /byteFallback must be true or false/);
      await refuses(train([], { maxInputCharsPerWord: 0 }), /maxInputCharsPerWord must be/);
    });

    it("characters that are several, none, or half of one", async () => {
      for (const wrong of ["xyz", "", "\uD800", 1])
        await refuses(train(["a"], { initialAlphabet: ["a", wrong] }), /must hold single/);
      await refuses(train(["a"], { initialAlphabet: 5 }), /must be a list of characters/);
      const kept = { ...spaces, initialAlphabet: ["\t"] };
      await refuses(train(["a"], kept), /what SentencePiece reserves/);
    });
  });

describe("trainBpe refuses", () => {
  it("an unknown token that is not special", () =>
    refuses(trainBpe(lines, { unkToken: "<unk>" }), /unkToken must be one of specialTokens/));

  it("bytes of characters behind a prefix", () =>
    refuses(
      trainBpe(lines, { byteFallback: true, continuingSubwordPrefix: "##" }),
      /byteFallback does not go with continuingSubwordPrefix/,
    ));
});

describe("initialAlphabet", () => {
  const options = { ...spaces, characterCoverage: 0.5, vocabSize: 22 };

  for (const train of [trainBpe, trainUnigram])
    it(`${train.name}: all of it gets tokens, however little the texts need`, async () => {
      const once = function* (): Generator<string> {
        yield* ["a", "b", "🙂"];
      };
      const spec = await train(["a".repeat(1000)], { ...options, initialAlphabet: once() });
      const tokenizer = textTokenizer(spec);
      for (const character of ["a", "b", "🙂"])
        expect(tokenizer.tokenToId(character)).toBeDefined();
    });
});

describe("a special token that is a piece as well", () => {
  const settings: Readonly<Record<string, object>> = {
    sentencePiece: { ...spaces, vocabSize: 24, unkToken: "<unk>" },
    huggingFace: { ...sentencePieceSpaces, vocabSize: 24, unkToken: "<unk>" },
  };

  for (const [rule, options] of Object.entries(settings))
    for (const [name, train] of Object.entries(trainers))
      for (const token of ["a", "▁", "at", "the"])
        it(`${name}, ${rule}: ${token} is there once, and files hold the tokenizer`, async () => {
          const spec = await train(lines, { ...options, specialTokens: ["<unk>", token] });
          const { model } = spec;
          const tokens =
            model.type === "Unigram"
              ? model.pieces.map(([piece]) => piece)
              : [...model.vocab].toSorted(([, a], [, b]) => a - b).map(([piece]) => piece);
          expect(new Set(tokens).size).toBe(tokens.length);
          const ids = tokens.map((_, id) => id);
          if (model.type !== "Unigram")
            expect([...model.vocab.values()].toSorted((a, b) => a - b)).toEqual(ids);
          const tokenizer = textTokenizer(spec);
          expect(tokenizer.tokenToId(token)).toBe(1);
          const loaded = tokenizerFromJson(tokenizerToJson(spec));
          if (loaded._tag === "Left") throw loaded.left;
          expect(loaded.right).toEqual(spec);
          if (model.type !== "BPE" && model.type !== "Unigram") return;
          if (model.type === "BPE") expect(tokens).toHaveLength(24);
          const file = sentencePieceOfTokenizer(spec);
          if (file._tag === "Left") throw file.left;
          const back = tokenizerFromSentencePiece(sentencePieceToBytes(file.right));
          if (back._tag === "Left") throw back.left;
          expect(ids.map((id) => textTokenizer(back.right).idToToken(id))).toEqual(tokens);
        });

  it("leaves room for one more token behind bytes", async () => {
    const { model } = await trainBpe(["abababab cdcdcd"], {
      preTokenizer: { type: "ByteLevel", addPrefixSpace: false, trimOffsets: true, useRegex: true },
      ids: "bytesFirst",
      specialTokens: ["a", "<s>"],
      vocabSize: 259,
    });
    if (model.type !== "BPE") throw new Error("no BPE");
    expect([...model.vocab.values()]).toEqual(Array.from({ length: 259 }, (_, id) => id));
  });
});
