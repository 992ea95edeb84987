// Every character, against Hugging Face's tokenizers (tools/fixtures/make_tokenizer_parts.py): they know the characters
// of Unicode 8 and 9, and what an engine knows must make no difference.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { textTokenizer, tokenizerFromJson } from "@adjoint/tokenizers";
import { describe, expect, it } from "vitest";

type Row = { readonly json: { readonly type: string }; readonly sha256: string };
const fixture = JSON.parse(
  readFileSync(new URL("fixtures/characters.json", import.meta.url), "utf8"),
) as {
  readonly blocks: readonly (readonly [number, number])[];
  readonly normalizers: readonly Row[];
  readonly preTokenizers: readonly Row[];
};

/** 64 characters a line, each between letters. */
const lines = function* (): Generator<string> {
  for (const [first, end] of fixture.blocks)
    for (let start = first; start < end; start += 64) {
      const codes = Array.from({ length: Math.min(64, end - start) }, (_, index) => start + index);
      yield codes.map((code) => `a${String.fromCodePoint(code)}b`).join("");
    }
};

/** A model that knows nothing: an unknown piece is one token that is named by its text. */
const model = { type: "Unigram", unk_id: 0, vocab: [["<unk>", 0]] };

const pieces = (json: object): ((text: string) => readonly string[]) => {
  const loaded = tokenizerFromJson({ model, ...json });
  if (loaded._tag === "Left") throw loaded.left;
  const { encoding } = textTokenizer(loaded.right);
  return (text) => encoding(text).tokens;
};

const digest = (texts: readonly string[]): string =>
  createHash("sha256").update(texts.join("\n")).digest("hex");

describe("every character", () => {
  for (const { json, sha256 } of fixture.normalizers)
    it(JSON.stringify(json), () => {
      const normalized = pieces({ normalizer: json });
      expect(digest([...lines()].map((line) => normalized(line).join("")))).toBe(sha256);
    });

  for (const { json, sha256 } of fixture.preTokenizers)
    it(JSON.stringify(json), () => {
      const split = pieces({ pre_tokenizer: json });
      expect(digest([...lines()].flatMap((line) => split(line)))).toBe(sha256);
    });
});
