import {
  corpus,
  noise,
  rustTokenizer,
  sample,
  vocabularies,
  type VocabularyName,
} from "@adjoint/oracles";
import { textTokenizer, tokenizerToJson, type TokenizerSpec } from "@adjoint/tokenizers";
import { Tokenizer } from "@huggingface/tokenizers";
import { describe, expect, test } from "vitest";

const names = Object.keys(vocabularies) as readonly VocabularyName[];

/** Characters that @huggingface/tokenizers treats in its own way; see "where it differs" below. */
const its = /[\uFEFF\u0085\u017F\u{20000}-\u{2A6D6}\p{Surrogate}]/gu;

const texts = [...sample(corpus(), 1000, 200), noise(200, 11)].map((text) => text.replace(its, ""));

const javascript = (spec: TokenizerSpec): Tokenizer =>
  new Tokenizer(JSON.parse(tokenizerToJson(spec)), {
    clean_up_tokenization_spaces: false, // by default it removes spaces before punctuation
  });

describe.each(names)("%s equals @huggingface/tokenizers", (name) => {
  const spec = vocabularies[name]();
  const tokenizer = textTokenizer(spec);
  const oracle = javascript(spec);

  test("ids and decoded text", () => {
    for (const text of texts) {
      const ids = Array.from(tokenizer.encode(text));
      expect({ text, ids }).toEqual({ text, ids: oracle.encode(text).ids });
      expect(tokenizer.decode(ids)).toBe(oracle.decode(ids, { skip_special_tokens: false }));
    }
  });
});

describe("where it differs, tokenizers (Rust) agrees with us", () => {
  test.each([
    ["gpt2", " \uFEFFl", "\\s of JavaScript has the byte order mark, that of Unicode has not"],
    ["llama2", "\uD800", "a lone surrogate is U+FFFD, which is a token of this vocabulary"],
    ["bert", "\u{26795}c", "Chinese characters beyond U+FFFF are words too"],
  ] as const)("%s on %j: %s", async (name, text, _reason) => {
    const spec = vocabularies[name]();
    const ids = Array.from(textTokenizer(spec).encode(text));
    expect(ids).toEqual((await rustTokenizer(spec).encode(text)).getIds());
    expect(ids).not.toEqual(javascript(spec).encode(text).ids);
  });
});
