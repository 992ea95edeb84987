import { corpus, noise, sample, vocabularies, type VocabularyName } from "@adjoint/oracles";
import { textTokenizer, tokenizerToJson } from "@adjoint/tokenizers";
import { Tokenizer } from "@huggingface/tokenizers";
import { describe, expect, test } from "vitest";

const names = Object.keys(vocabularies) as readonly VocabularyName[];
const texts = [...sample(corpus(), 1000, 120), noise(300, 11)];

describe.each(names)("%s equals @huggingface/tokenizers", (name) => {
  const spec = vocabularies[name]();
  const tokenizer = textTokenizer(spec);
  const oracle = new Tokenizer(JSON.parse(tokenizerToJson(spec)), {});

  test("ids and decoded text", () => {
    for (const text of texts) {
      const ids = Array.from(tokenizer.encode(text));
      expect({ text, ids }).toEqual({ text, ids: oracle.encode(text).ids });
      expect(tokenizer.decode(ids)).toBe(oracle.decode(ids, { skip_special_tokens: false }));
    }
  });
});
