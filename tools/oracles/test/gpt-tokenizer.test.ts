import { corpus, noise, sample, vocabularies } from "@adjoint/oracles";
import { textTokenizer } from "@adjoint/tokenizers";
import * as cl100k from "gpt-tokenizer/encoding/cl100k_base";
import * as o200k from "gpt-tokenizer/encoding/o200k_base";
import * as r50k from "gpt-tokenizer/encoding/r50k_base";
import { expect, test } from "vitest";

/** Its patterns are JavaScript's: `\s` has the byte order mark and lacks U+0085; `'ſ` is no `'s`. */
const its = /[\uFEFF\u0085\u017F]/g;

const texts = [...sample(corpus(), 1000, 40), noise(300, 12)].map((text) => text.replace(its, ""));

/** Version 4.0.0 finds special tokens at the start of a text only, so they are ordinary text here. */
test.each([
  ["gpt2", r50k],
  ["cl100k", cl100k],
  ["o200k", o200k],
] as const)("%s equals gpt-tokenizer", (name, oracle) => {
  const tokenizer = textTokenizer(vocabularies[name]());
  for (const text of texts) {
    const ids = Array.from(tokenizer.encode(text, { specialTokensInText: "none" }));
    expect({ text, ids }).toEqual({
      text,
      ids: oracle.encode(text, { disallowedSpecial: new Set() }),
    });
    expect(tokenizer.decode(ids)).toBe(oracle.decode(ids));
  }
});
