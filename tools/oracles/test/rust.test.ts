import {
  corpus,
  inUnits,
  noise,
  rustTokenizer,
  sample,
  vocabularies,
  type VocabularyName,
} from "@adjoint/oracles";
import { textTokenizer } from "@adjoint/tokenizers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const names = Object.keys(vocabularies) as readonly VocabularyName[];
const texts = [...sample(corpus(), 1000, 60), ...["", " ", "\n", "a", "🙂", "\ud83d"]];

describe.each(names)("%s equals tokenizers (Rust)", (name) => {
  const spec = vocabularies[name]();
  const tokenizer = textTokenizer(spec);
  const rust = rustTokenizer(spec);

  const compare = async (text: string): Promise<void> => {
    const theirs = await rust.encode(text);
    const ours = tokenizer.encoding(text);
    expect(Array.from(ours.ids)).toEqual(theirs.getIds());
    expect(ours.tokens).toEqual(theirs.getTokens());
    expect(Array.from(ours.offsets)).toEqual(inUnits(text, theirs.getOffsets()));
    expect(Array.from(ours.typeIds)).toEqual(theirs.getTypeIds());
    expect(Array.from(ours.specialTokensMask)).toEqual(theirs.getSpecialTokensMask());
    expect(Array.from(tokenizer.encode(text))).toEqual(Array.from(ours.ids));
    for (const skipSpecialTokens of [true, false])
      expect(tokenizer.decode(ours.ids, { skipSpecialTokens })).toBe(
        await rust.decode(theirs.getIds(), skipSpecialTokens),
      );
  };

  test("on a sample of the corpus: ids, tokens, offsets, masks, decoded text", async () => {
    for (const text of texts) await compare(text);
  });

  test("on random text", async () => {
    const property = fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 60 }), (seed, parts) =>
      compare(noise(parts, seed)),
    );
    await fc.assert(property, { seed: 7, numRuns: 100 });
  });

  test("on pairs", async () => {
    for (const [first, second] of [
      ["Who wrote it?", "  Shakespeare wrote it.\n"],
      ["", "b"],
      ["a", ""],
    ] as const) {
      const theirs = await rust.encode(first, second);
      const ours = tokenizer.encoding([first, second]);
      expect(Array.from(ours.ids)).toEqual(theirs.getIds());
      expect(Array.from(ours.typeIds)).toEqual(theirs.getTypeIds());
      expect(Array.from(ours.sequenceIds, (id) => (id < 0 ? null : id))).toEqual(
        theirs.getSequenceIds(),
      );
    }
  });
});
