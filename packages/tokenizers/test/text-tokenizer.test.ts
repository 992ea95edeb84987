import { ArgumentError } from "@adjoint/core";
import {
  type PostProcessorSpec,
  textTokenizer,
  TokenizerFormatError,
  type TokenizerSpec,
  TruncationError,
  UnknownTokenError,
} from "@adjoint/tokenizers";
import { describe, expect, it } from "vitest";

const words = ["[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "__proto__", "constructor"];

const spec = (changes: Partial<TokenizerSpec> = {}): TokenizerSpec => ({
  addedTokens: [],
  normalizer: undefined,
  preTokenizer: { type: "WhitespaceSplit" },
  model: {
    type: "WordLevel",
    vocab: new Map(words.map((word, id) => [word, id])),
    unkToken: "[UNK]",
  },
  postProcessor: { type: "BertProcessing", cls: ["[CLS]", 1], sep: ["[SEP]", 2] },
  decoder: undefined,
  truncation: undefined,
  padding: undefined,
  ...changes,
});

const tokenizer = textTokenizer(spec());
const cut = (
  maxLength: number,
  stride = 0,
  strategy: "longestFirst" | "onlyFirst" | "onlySecond" = "longestFirst",
) => ({
  truncation: { maxLength, stride, strategy, direction: "right" as const },
});

describe("truncation", () => {
  it("needs room for special tokens", () => {
    expect(() => tokenizer.encode("a b", cut(1))).toThrow(TruncationError);
    expect(() => tokenizer.encode(["a", "b"], cut(2))).toThrow(/3 special tokens/);
    expect([...tokenizer.encode("a b", { ...cut(1), addSpecialTokens: false })]).toEqual([3]);
  });

  it("needs a stride below what is left", () => {
    expect(() => tokenizer.encoding("a b c", cut(4, 2))).toThrow(/stride must be less/);
    expect(() => tokenizer.encode("a b c", cut(4, 2))).toThrow(TruncationError);
    expect(tokenizer.encoding("a b c", cut(4, 1)).overflowing).toHaveLength(1);
  });

  it("leaves a part of the text it cuts", () => {
    expect(() => tokenizer.encode(["a", "b c"], cut(4, 0, "onlyFirst"))).toThrow(TruncationError);
    expect(() => tokenizer.encode("a b c", cut(4, 0, "onlySecond"))).toThrow(/two texts/);
  });

  it("moves everything into what overflows where nothing is left", () => {
    const { ids, overflowing } = tokenizer.encoding("a b", cut(2));
    expect([...ids]).toEqual([1, 2]);
    expect(overflowing.map((window) => [...window.ids])).toEqual([[1, 3, 4, 2]]);
  });

  it("follows the spec unless it is told not to", () => {
    const short = textTokenizer(spec(cut(3)));
    expect([...short.encode("a b c")]).toEqual([1, 3, 2]);
    expect([...short.encode("a b c", { truncation: false })]).toEqual([1, 3, 4, 5, 2]);
  });
});

describe("names", () => {
  it("are looked up, whatever they are", () => {
    expect(tokenizer.tokenToId("__proto__")).toBe(6);
    expect(tokenizer.tokenToId("toString")).toBeUndefined();
    expect(tokenizer.idToToken(7)).toBe("constructor");
    expect(tokenizer.idToToken(99)).toBeUndefined();
    expect([...tokenizer.encode("__proto__ toString", { addSpecialTokens: false })]).toEqual([
      6, 0,
    ]);
  });

  it("of added tokens come first", () => {
    const token = {
      singleWord: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    };
    const added = textTokenizer(
      spec({
        addedTokens: [
          { ...token, id: 20, content: "<x>" },
          { ...token, id: 3, content: "A" },
        ],
      }),
    );
    expect(added.vocabSize).toBe(21);
    expect([added.tokenToId("<x>"), added.idToToken(3), added.tokenToId("a")]).toEqual([
      20,
      "A",
      3,
    ]);
    expect([...added.encode("b<x>A", { addSpecialTokens: false })]).toEqual([4, 20, 3]);
    expect([
      ...added.encode("b<x>", { addSpecialTokens: false, specialTokensInText: "none" }),
    ]).toEqual([0]);
    expect(added.decode([20, 4], { skipSpecialTokens: true })).toBe("b");
  });
});

it("complains of ids that are no tokens, with their place", () => {
  expect(() => tokenizer.decode([3, 99])).toThrow(UnknownTokenError);
  const stream = tokenizer.decodeStream();
  expect(stream.push(3, 4)).toBe("a b");
  expect(() => stream.push(1000)).toThrow(/1000 at position 2/);
});

describe("specs that cannot be", () => {
  const template = (single: string): PostProcessorSpec => ({
    type: "TemplateProcessing",
    single: [
      { specialToken: single, typeId: 0 },
      { sequence: "A", typeId: 0 },
    ],
    pair: [],
    specialTokens: new Map([["<s>", [["<s>", 1]]]]),
  });

  it("have templates with unknown tokens", () => {
    expect(() => textTokenizer(spec({ postProcessor: template("<s>") }))).not.toThrow();
    expect(() => textTokenizer(spec({ postProcessor: template("<t>") }))).toThrow(ArgumentError);
  });

  it("have two processors that put tokens around", () => {
    const two = { type: "Sequence", processors: [template("<s>"), template("<s>")] } as const;
    expect(() => textTokenizer(spec({ postProcessor: two }))).toThrow(ArgumentError);
  });

  it("have pieces of no length", () =>
    expect(() => textTokenizer(spec({ preTokenizer: { type: "FixedLength", length: 0 } }))).toThrow(
      ArgumentError,
    ));

  it.each([[[1]], [[255, 255, 255, 127, 0]], [[6, 0, 0, 0, 1, 2, 3, 4, 5, 6]]])(
    "have a damaged map of characters %j",
    (bytes) =>
      expect(() =>
        textTokenizer(
          spec({ normalizer: { type: "Precompiled", charsmap: Uint8Array.from(bytes) } }),
        ),
      ).toThrow(TokenizerFormatError),
  );

  it("have a map of characters that leads nowhere, which does nothing", () => {
    const units = Array.from({ length: 64 }, (_, index) => (index * 37) % 256);
    const odd = textTokenizer(
      spec({
        normalizer: { type: "Precompiled", charsmap: Uint8Array.from([64, 0, 0, 0, ...units]) },
      }),
    );
    expect([...odd.encode("a", { addSpecialTokens: false })]).toEqual([3]);
  });
});

it("takes a long line without running out of stack", () => {
  const letters = textTokenizer(
    spec({ normalizer: { type: "NFKC" }, preTokenizer: { type: "FixedLength", length: 1 } }),
  );
  const text = "ab".repeat(500_000);
  expect(letters.encode(text)).toHaveLength(1_000_002);
  expect(letters.encoding("ab".repeat(100_000)).ids).toHaveLength(200_002);
  expect(letters.decode(letters.encode("ab".repeat(100_000)))).toHaveLength(
    5 + 1 + 399_999 + 1 + 5,
  );
});
