import { corpus, noise, sample, vocabularies } from "@adjoint/oracles";
import { textTokenizer } from "@adjoint/tokenizers";
import * as cl100k from "gpt-tokenizer/encoding/cl100k_base";
import * as o200k from "gpt-tokenizer/encoding/o200k_base";
import * as r50k from "gpt-tokenizer/encoding/r50k_base";
import { expect, test } from "vitest";

const texts = [...sample(corpus(), 1000, 20), noise(300, 12)];

test.each([
  ["gpt2", r50k],
  ["cl100k", cl100k],
  ["o200k", o200k],
] as const)("%s equals gpt-tokenizer", (name, oracle) => {
  const tokenizer = textTokenizer(vocabularies[name]());
  for (const text of texts) {
    const ids = Array.from(tokenizer.encode(text));
    expect({ text, ids }).toEqual({
      text,
      ids: oracle.encode(text, { allowedSpecial: new Set(["<|endoftext|>"]) }),
    });
    expect(tokenizer.decode(ids)).toBe(oracle.decode(ids));
  }
});
