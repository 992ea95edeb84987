import { corpus, pieces, rustTokenizer, vocabularies } from "@adjoint/oracles";
import { textTokenizer } from "@adjoint/tokenizers";
import { get_encoding } from "tiktoken";
import { describe, expect, test } from "vitest";

const sources = corpus();
const texts = sources.flatMap(({ text }) => pieces(text, 2000));

/** The first text whose ids differ, so that a failure shows one text and not five megabytes. */
const firstDifference = (
  ours: readonly ArrayLike<number>[],
  theirs: readonly ArrayLike<number>[],
): unknown => {
  const i = ours.findIndex((ids, at) => {
    const other = theirs[at] ?? [];
    return ids.length !== other.length || Array.from(ids).some((id, k) => id !== other[k]);
  });
  return i < 0 ? undefined : { text: texts[i], ours: ours[i], theirs: theirs[i] };
};

test("the corpus is more than 5 MB of every kind", () => {
  const bytes = sources.map(({ text }) => new TextEncoder().encode(text).length);
  expect(bytes.reduce((sum, n) => sum + n)).toBeGreaterThan(5e6);
  expect(Math.min(...bytes)).toBeGreaterThan(1e5);
});

describe("ids on all of the corpus", () => {
  test.each([
    ["gpt2", "gpt2"],
    ["cl100k", "cl100k_base"],
    ["o200k", "o200k_base"],
  ] as const)("%s equals tiktoken", (name, encoding) => {
    const tokenizer = textTokenizer(vocabularies[name]());
    const oracle = get_encoding(encoding);
    const ours = texts.map((text) => tokenizer.encode(text));
    const theirs = texts.map((text) => oracle.encode(text, "all"));
    oracle.free();
    expect(firstDifference(ours, theirs)).toBeUndefined();
  });

  test("qwen3 equals tokenizers", async () => {
    const spec = vocabularies.qwen3();
    const tokenizer = textTokenizer(spec);
    const ours = texts.map((text) => tokenizer.encode(text));
    const theirs = await rustTokenizer(spec).encodeBatch([...texts]);
    expect(
      firstDifference(
        ours,
        theirs.map((encoding) => encoding.getIds()),
      ),
    ).toBeUndefined();
  });
});
