// Each part alone, against Hugging Face's tokenizers (tools/fixtures/make_tokenizer_parts.py).
import { readFileSync } from "node:fs";
import { textTokenizer, tokenizerFromJson, type TextTokenizer } from "@adjoint/tokenizers";
import { describe, expect, it } from "vitest";

type Spans = readonly number[];
type Json = { readonly [key: string]: unknown };
type Parts = {
  readonly texts: readonly string[];
  readonly normalizers: readonly { json: Json; out: readonly (readonly [string, Spans])[] }[];
  readonly preTokenizers: readonly {
    json: Json;
    out: readonly (readonly [readonly string[], Spans])[];
  }[];
  readonly regexes: readonly { regex: string; out: readonly (readonly string[])[] }[];
  readonly tokens: readonly string[];
  readonly lists: readonly (readonly number[])[];
  readonly decoders: readonly { json: Json; out: readonly (string | null)[] }[];
};

const parts = JSON.parse(
  readFileSync(new URL("fixtures/parts.json", import.meta.url), "utf8"),
) as Parts;

/** A model that knows nothing: an unknown piece is one token that is named by its text. */
const ignorant = { type: "Unigram", unk_id: 0, vocab: [["<unk>", 0]] };

const tokenizer = (json: Json): TextTokenizer => {
  const loaded = tokenizerFromJson(JSON.stringify({ model: ignorant, ...json }));
  if (loaded._tag === "Left") throw loaded.left;
  return textTokenizer(loaded.right);
};

const short = (json: Json): string => JSON.stringify(json).slice(0, 200);

describe("normalizers", () => {
  for (const { json, out } of parts.normalizers)
    it(short(json), () => {
      const { encoding } = tokenizer({
        normalizer: json,
        pre_tokenizer: { type: "FixedLength", length: 1 },
      });
      parts.texts.forEach((text, index) => {
        const { tokens, offsets } = encoding(text);
        expect([text, tokens.join(""), [...offsets]]).toEqual([text, ...(out[index] ?? [])]);
      });
    });
});

it("has the offsets of what is left where a text begins with what a map removes", () => {
  // Hugging Face's are one character off here
  const { json } = parts.normalizers.find(({ json }) => json["type"] === "Precompiled") ?? {};
  const { encoding } = tokenizer({
    normalizer: json,
    pre_tokenizer: { type: "FixedLength", length: 1 },
  });
  const { tokens, offsets } = encoding("好xy");
  expect([tokens, [...offsets]]).toEqual([
    ["x", "y"],
    [1, 2, 2, 3],
  ]);
});

describe("pre-tokenizers", () => {
  for (const { json, out } of parts.preTokenizers)
    it(short(json), () => {
      const { encoding } = tokenizer({ pre_tokenizer: json });
      parts.texts.forEach((text, index) => {
        const { tokens, offsets } = encoding(text);
        expect([text, tokens, [...offsets]]).toEqual([text, ...(out[index] ?? [])]);
      });
    });
});

describe("regular expressions", () => {
  for (const { regex, out } of parts.regexes)
    it(regex, () => {
      const { encoding } = tokenizer({
        pre_tokenizer: {
          type: "Split",
          pattern: { Regex: regex },
          behavior: "Isolated",
          invert: false,
        },
      });
      parts.texts.forEach((text, index) =>
        expect([text, encoding(text).tokens]).toEqual([text, out[index]]),
      );
    });
});

describe("decoders", () => {
  for (const { json, out } of parts.decoders)
    it(short(json), () => {
      // some tokens of the list have the same name, which a vocabulary cannot say
      parts.lists.forEach((list, index) => {
        const names = [...new Set(list.map((id) => parts.tokens[id] ?? ""))];
        const model = {
          type: "WordLevel",
          unk_token: "<unk>",
          vocab: Object.fromEntries(names.map((name, id) => [name, id])),
        };
        const ids = list.map((id) => names.indexOf(parts.tokens[id] ?? ""));
        const { decode } = tokenizer({ decoder: json, model });
        const expected = out[index];
        if (expected !== null) expect([list, decode(ids)]).toEqual([list, expected]);
      });
    });
});
