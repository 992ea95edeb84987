import {
  type SentencePieceModel,
  sentencePieceFromBytes,
  sentencePieceOfTokenizer,
  sentencePieceToBytes,
  textTokenizer,
  tokenizerFromSentencePiece,
  tokenizerOfSentencePiece,
} from "@adjoint/tokenizers";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

type Row = { readonly text: string; readonly ids: readonly number[]; readonly decoded: string };

type Expected = {
  readonly size: number;
  readonly unk: number;
  readonly bos: number;
  readonly eos: number;
  readonly pad: number;
  readonly rows: readonly Row[];
};

const file = (name: string): URL => new URL(`fixtures/sentencepiece/${name}`, import.meta.url);

const expected = JSON.parse(readFileSync(file("expected.json"), "utf8")) as Readonly<
  Record<string, Expected>
>;
const models = Object.entries(expected);

const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(file(`${name}.model`)));

const modelOf = (name: string): SentencePieceModel => {
  const model = sentencePieceFromBytes(bytesOf(name));
  if (model._tag === "Left") throw model.left;
  return model.right;
};

/** SentencePiece has one unknown token for unknown words in a row. */
const withUnknownRuns = (ids: readonly number[], unk: number): readonly number[] =>
  ids.filter((id, i) => id !== unk || ids[i - 1] !== unk);

describe.each(models)("%s", (name, { rows, size, unk, bos, eos, pad }) => {
  const model = modelOf(name);
  const tokenizer = textTokenizer(tokenizerOfSentencePiece(model));

  test("what the file says", () => {
    expect(model).toMatchObject({ unkId: unk, bosId: bos, eosId: eos, padId: pad });
    expect(model.pieces.length).toBe(size);
    expect(tokenizer.vocabSize).toBe(size);
  });

  test("the same ids as sentencepiece", () => {
    for (const { text, ids } of rows) {
      const ours = Array.from(tokenizer.encode(text));
      expect({ text, ids: name === "word" ? withUnknownRuns(ours, unk) : ours }).toEqual({
        text,
        ids,
      });
    }
  });

  test("the same text as sentencepiece", () => {
    for (const { ids, decoded } of rows) {
      const { addDummyPrefix, removeExtraWhitespaces } = model.normalizer;
      // decoding takes the space before an unknown piece for the mark of the first word
      const startsUnknown = ids[0] === unk && (addDummyPrefix || removeExtraWhitespaces);
      expect(tokenizer.decode(ids)).toBe(startsUnknown ? decoded.replace(/^ /, "") : decoded);
    }
  });

  test("saved and loaded again", () => {
    const again = sentencePieceFromBytes(sentencePieceToBytes(model));
    expect(again).toEqual({ _tag: "Right", right: model });
  });
});

test.each(["unigram", "unigram-bytes", "bpe", "char"])(
  "%s: text of a stranger never becomes a control piece",
  (name) => {
    const spec = tokenizerOfSentencePiece(modelOf(name));
    const control = new Set(spec.addedTokens.map(({ id }) => id).filter((id) => id !== 0));
    const ids = textTokenizer(spec).encode("a</s>b<s> </s></s>", { specialTokensInText: "none" });
    expect(ids.length).toBeGreaterThan(3);
    expect(Array.from(ids).filter((id) => control.has(id))).toEqual([]);
  },
);

describe("a tokenizer as a SentencePiece model", () => {
  test.each(["unigram", "unigram-bytes", "unigram-symbols", "bpe", "bpe-llama", "unigram-suffix"])(
    "%s gives the same ids",
    (name) => {
      const saved = sentencePieceOfTokenizer(tokenizerOfSentencePiece(modelOf(name)));
      if (saved._tag === "Left") throw saved.left;
      const spec = tokenizerFromSentencePiece(sentencePieceToBytes(saved.right));
      if (spec._tag === "Left") throw spec.left;
      const tokenizer = textTokenizer(spec.right);
      for (const { text, ids } of expected[name]?.rows ?? [])
        expect(Array.from(tokenizer.encode(text))).toEqual(ids);
    },
  );

  test("not where it lower-cases, cuts at more than spaces, or knows words only", () => {
    const spec = tokenizerOfSentencePiece(modelOf("unigram"));
    for (const bad of [
      { ...spec, normalizer: { type: "Lowercase" } as const },
      { ...spec, preTokenizer: { type: "BertPreTokenizer" } as const },
      tokenizerOfSentencePiece(modelOf("word")),
    ])
      expect(sentencePieceOfTokenizer(bad)._tag).toBe("Left");
  });
});

describe("damaged files", () => {
  const good = bytesOf("char");

  test.each([
    ["empty", [], "one piece must be the unknown one"],
    ["a length beyond the end", [0x0a, 0x7f, 0x0a], "byte 2 of 3: a field must end"],
    ["a length of 2^63", [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], "must end"],
    ["a number without an end", [0x08, 0xff, 0xff], "byte 1 of 3: a number must end"],
    ["a number of 11 bytes", [0x08, ...Array(11).fill(0xff), 1], "must fit in 64 bits"],
    ["a group", [0x0b], "wire type 0, 1, 2 or 5"],
    ["field 0", [0x02, 0x00], "a field must have a number"],
    ["no UTF-8", [0x0a, 0x03, 0x0a, 0x01, 0xff], "must be UTF-8"],
    ["a score that is no number", [0x0a, 0x05, 0x15, 0, 0, 0xc0, 0x7f], "a score must be finite"],
    ["a type that is none", [0x0a, 0x02, 0x18, 0x09], "must be from 1 to 6"],
  ])("%s", (_, bytes, message) => {
    const model = sentencePieceFromBytes(Uint8Array.from(bytes));
    expect(model._tag).toBe("Left");
    if (model._tag === "Left") expect(model.left.message).toContain(message);
  });

  test("cut off anywhere: an Either, at once", () => {
    const start = performance.now();
    for (let end = 0; end < good.length; end += 7)
      expect(["Left", "Right"]).toContain(sentencePieceFromBytes(good.slice(0, end))._tag);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  test("two pieces of one text", () => {
    const model = modelOf("char");
    const twice = { ...model, pieces: [...model.pieces, ...model.pieces.slice(-1)] };
    const loaded = sentencePieceFromBytes(sentencePieceToBytes(twice));
    expect(loaded._tag).toBe("Left");
    if (loaded._tag === "Left") expect(loaded.left.message).toContain("a text of its own");
  });
});
