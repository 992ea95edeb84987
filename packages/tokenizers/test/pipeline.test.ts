// Whole tokenizers, against Hugging Face's (tools/fixtures/make_tokenizer_parts.py).
import { readFileSync } from "node:fs";
import {
  type EncodeInput,
  type EncodeOptions,
  type Encoding,
  textTokenizer,
  tokenizerFromJson,
  type TextTokenizer,
  TruncationError,
} from "@adjoint/tokenizers";
import { describe, expect, it } from "vitest";

type Expected = { readonly [K in keyof Omit<Encoding, "overflowing">]: readonly unknown[] } & {
  readonly overflowing: readonly (readonly number[])[];
};
type Case = {
  readonly name: string;
  readonly json: unknown;
  readonly whole: readonly Expected[];
  readonly bare: readonly (readonly number[])[];
  readonly pairs: readonly { inputs: readonly [string, string]; out: Expected }[];
  readonly specialAsText: readonly (readonly number[])[];
  readonly cuts: readonly {
    inputs: readonly [string] | readonly [string, string];
    truncation: { max_length: number; stride: number; strategy: string; direction: string };
    out: Expected | null;
  }[];
  readonly padded: readonly {
    padding: Readonly<Record<string, unknown>>;
    ids: readonly number[][];
    typeIds: readonly number[][];
    attentionMask: readonly number[][];
  }[];
  readonly decoded: readonly string[];
  readonly skipped: readonly string[];
};

const fixture = JSON.parse(
  readFileSync(new URL("fixtures/tokenizers.json", import.meta.url), "utf8"),
) as { readonly texts: readonly string[]; readonly cases: readonly Case[] };

const load = (json: unknown): TextTokenizer => {
  const loaded = tokenizerFromJson(json);
  if (loaded._tag === "Left") throw loaded.left;
  return textTokenizer(loaded.right);
};

const plain = (encoding: Encoding): Expected => ({
  ids: [...encoding.ids],
  typeIds: [...encoding.typeIds],
  tokens: encoding.tokens,
  offsets: [...encoding.offsets],
  wordIds: [...encoding.wordIds],
  sequenceIds: [...encoding.sequenceIds],
  attentionMask: [...encoding.attentionMask],
  specialTokensMask: [...encoding.specialTokensMask],
  overflowing: encoding.overflowing.map(({ ids }) => [...ids]),
});

const strategies = {
  longest_first: "longestFirst",
  only_first: "onlyFirst",
  only_second: "onlySecond",
} as const;

const truncationOf = (truncation: Case["cuts"][number]["truncation"]): EncodeOptions => ({
  truncation: {
    maxLength: truncation.max_length,
    stride: truncation.stride,
    strategy: strategies[truncation.strategy as keyof typeof strategies],
    direction: truncation.direction as "left" | "right",
  },
});

const paddingOf = (padding: Readonly<Record<string, unknown>>): EncodeOptions => ({
  padding: {
    length: (padding["length"] as number | null) ?? "longest",
    direction: padding["direction"] as "left" | "right",
    padToMultipleOf: padding["pad_to_multiple_of"] as number | undefined,
    padId: padding["pad_id"] as number,
    padTypeId: (padding["pad_type_id"] as number | undefined) ?? 0,
    padToken: padding["pad_token"] as string,
  },
});

const inputOf = (inputs: readonly [string] | readonly [string, string]): EncodeInput =>
  inputs.length === 1 ? inputs[0] : inputs;

describe.each(fixture.cases)("$name", (expected) => {
  const tokenizer = load(expected.json);
  const { texts } = fixture;

  it("encodes", () => {
    texts.forEach((text, index) => {
      expect([text, plain(tokenizer.encoding(text))]).toEqual([text, expected.whole[index]]);
    });
  });

  it("gives the same ids the fast way", () => {
    texts.forEach((text, index) => {
      expect([text, [...tokenizer.encode(text)]]).toEqual([text, expected.whole[index]?.ids]);
      const bare = tokenizer.encode(text, { addSpecialTokens: false });
      expect([text, [...bare]]).toEqual([text, expected.bare[index]]);
    });
  });

  it("takes special tokens as text where it is told to", () => {
    const { addedTokens, model } = tokenizer.spec;
    const unknown = model.type === "Unigram" ? model.unkId : undefined;
    const control = new Set(
      addedTokens.filter(({ id, special }) => special && id !== unknown).map(({ id }) => id),
    );
    const framed = tokenizer.encode("").filter((id) => control.has(id)).length;
    texts.forEach((text, index) => {
      const ids = tokenizer.encode(text, { specialTokensInText: "none" });
      const theirs = expected.specialAsText[index] ?? [];
      // the unigram model of the original finds them again, as pieces with the best of all scores; ours never does
      if (tokenizer.spec.model.type === "Unigram" && theirs.some((id) => control.has(id)))
        expect(ids.filter((id) => control.has(id)).length).toBe(framed);
      else expect([text, [...ids]]).toEqual([text, theirs]);
    });
  });

  it("encodes pairs", () => {
    for (const { inputs, out } of expected.pairs) {
      expect(plain(tokenizer.encoding(inputs))).toEqual(out);
      expect([...tokenizer.encode(inputs)]).toEqual(out.ids);
    }
  });

  it("truncates, and keeps what overflows", () => {
    for (const { inputs, truncation, out } of expected.cuts) {
      const options = truncationOf(truncation);
      if (out === null)
        expect(() => tokenizer.encoding(inputOf(inputs), options)).toThrow(TruncationError);
      else {
        const found = [inputs, truncation, plain(tokenizer.encoding(inputOf(inputs), options))];
        expect(found).toEqual([inputs, truncation, out]);
        expect([...tokenizer.encode(inputOf(inputs), options)]).toEqual(out.ids);
      }
    }
  });

  it("pads a batch", () => {
    for (const { padding, ...out } of expected.padded) {
      const options = paddingOf(padding);
      const batch = [15, 0, 4].map((index) => texts[index] ?? "");
      const found = tokenizer.encodeBatch(batch, options);
      expect(found.map(({ ids }) => [...ids])).toEqual(out.ids);
      expect(found.map(({ typeIds }) => [...typeIds])).toEqual(out.typeIds);
      expect(found.map(({ attentionMask }) => [...attentionMask])).toEqual(out.attentionMask);
    }
  });

  it("decodes", () => {
    expected.whole.forEach(({ ids }, index) => {
      const numbers = ids as readonly number[];
      expect(tokenizer.decode(numbers)).toBe(expected.decoded[index]);
      expect(tokenizer.decode(numbers, { skipSpecialTokens: true })).toBe(expected.skipped[index]);
    });
  });

  it("decodes a stream to the same text", () => {
    expected.whole.forEach(({ ids }, index) => {
      const stream = tokenizer.decodeStream();
      const text = (ids as readonly number[]).map((id) => stream.push(id)).join("") + stream.end();
      expect(text).toBe(expected.decoded[index]);
    });
  });

  it("takes lone surrogates for U+FFFD, at their place", () => {
    const [odd, even] = ["a\ud800b \udc00\ud83d", "a\ufffdb \ufffd\ufffd"];
    expect(plain(tokenizer.encoding(odd))).toEqual(plain(tokenizer.encoding(even)));
    expect(tokenizer.encode(odd)).toEqual(tokenizer.encode(even));
  });
});

it("stops normalizers that make a text longer and longer", () => {
  const double = { type: "Replace", pattern: { text: "a" }, content: "aa" } as const;
  const tokenizer = textTokenizer({
    addedTokens: [],
    normalizer: { type: "Sequence", normalizers: Array.from({ length: 40 }, () => double) },
    preTokenizer: undefined,
    model: { type: "WordLevel", vocab: new Map([["a", 0]]), unkToken: "a" },
    postProcessor: undefined,
    decoder: undefined,
    truncation: undefined,
    padding: undefined,
  });
  expect(() => tokenizer.encode("a")).toThrow(
    /64 times as long at most, got 33554432 characters from 1/,
  );
});
