import { vocabularies, type VocabularyName } from "@adjoint/oracles";
import { textTokenizer } from "@adjoint/tokenizers";
import llamaTokenizer from "llama-tokenizer-js";
import llama3Tokenizer from "llama3-tokenizer-js";
import mistralTokenizer from "mistral-tokenizer-js";
import { expect, test } from "vitest";

const text = "Hello, world! I'll eat 12345 naïve cafés 你好 🙂\n  indented   code";

/** Counts and first twelve ids, told by the original libraries. */
const gold: readonly (readonly [VocabularyName, number, string])[] = [
  ["gpt2", 25, "15496 11 995 0 314 1183 4483 17031 2231 41492 19945 20954"],
  ["cl100k", 24, "9906 11 1917 0 358 3358 8343 220 4513 1774 95980 588"],
  ["o200k", 20, "13225 11 2375 0 17291 11237 220 7633 2548 153475 737 126753"],
  ["qwen3", 26, "9707 11 1879 0 358 3278 8180 220 16 17 18 19"],
  ["llama2", 35, "1 15043 29892 3186 29991 306 29915 645 17545 29871 29896 29906"],
  ["mistral", 31, "1 22557 28725 1526 28808 315 28742 584 5310 28705"],
  ["llama3", 24, "128000 9906 11 1917 0 358 3358 8343 220 4513 1774 95980"],
];

const cl100k = textTokenizer(vocabularies.cl100k());

test.each(gold)("%s: %i ids", (name, count, first) => {
  const ids = Array.from(textTokenizer(vocabularies[name]()).encode(text));
  expect(ids.length).toBe(count);
  expect(ids.join(" ").startsWith(first)).toBe(true);
});

test.each([
  [
    "hello123!!!? (안녕하세요!) 😉",
    [15339, 4513, 12340, 30, 320, 31495, 230, 75265, 243, 92245, 16715, 57037],
  ],
  ["hello world", [15339, 1917]],
  ["rer", [38149]],
  ["'rer", [2351, 81]],
  ["today\n ", [31213, 198, 220]],
  ["today\n \n", [31213, 27907]],
  ["today\n  \n", [31213, 14211]],
  [" \x850", [220, 126, 227, 15]],
  ["👍", [9468, 239, 235]],
  ["\ud83d", [5809]],
  ["\ufffd", [5809]],
])("cl100k of %j", (input, ids) => {
  expect(Array.from(cl100k.encode(input))).toEqual(ids);
});

test("special tokens are text where they are not allowed", () => {
  const plain = cl100k.encode("<|endoftext|>", { specialTokensInText: "none" });
  expect(plain.length).toBeGreaterThan(1);
  expect(cl100k.decode(plain)).toBe("<|endoftext|>");
  expect(Array.from(cl100k.encode("<|endoftext|>"))).toEqual([100257]);
});

test("what the packages that ship the vocabularies say themselves", () => {
  const ours = (name: VocabularyName): readonly number[] =>
    Array.from(textTokenizer(vocabularies[name]()).encode(text));
  expect(ours("llama2")).toEqual(llamaTokenizer.encode(text));
  expect(ours("mistral")).toEqual(mistralTokenizer.encode(text));
  expect(ours("llama3")).toEqual(llama3Tokenizer.encode(text, { bos: true, eos: false }));
});
