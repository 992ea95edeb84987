import { readFileSync } from "node:fs";
import { textTokenizer, tokenizerFromJson, type TextTokenizer } from "@adjoint/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const { cases } = JSON.parse(
  readFileSync(new URL("fixtures/tokenizers.json", import.meta.url), "utf8"),
) as { readonly cases: readonly { readonly name: string; readonly json: object }[] };

const load = (json: object): TextTokenizer => {
  const loaded = tokenizerFromJson(json);
  if (loaded._tag === "Left") throw loaded.left;
  return textTokenizer(loaded.right);
};

/** Text with what is likely to go wrong: spaces, special tokens, marks, wide characters, halves of surrogate pairs. */
const text = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
      {
        weight: 4,
        arbitrary: fc.constantFrom(
          " ",
          "  ",
          "\n",
          "the",
          "text",
          "world",
          "é",
          "e\u0301",
          "你好",
          "🙂",
          "👩‍👩‍👧",
        ),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom("<s>", "</s>", "[MASK]", " [MASK] ", "__proto__", "constructor"),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          "\ud800",
          "\udc00",
          "\u0000",
          "\ufeff",
          "\u0130",
          "\u1e9b\u0323",
        ),
      },
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

const wellFormed = (value: string): string => value.replace(/\p{Surrogate}/gu, "\ufffd");
const all = { numRuns: 150, seed: 5 };

const [byteLevel] = cases;
if (byteLevel === undefined) throw new Error("no fixtures");

describe.each(cases)("$name", ({ json }) => {
  const tokenizer = load(json);

  it("gives the same ids with and without offsets", () =>
    fc.assert(
      fc.property(text, (value) => {
        expect([...tokenizer.encode(value)]).toEqual([...tokenizer.encoding(value).ids]);
      }),
      all,
    ));

  it("gives offsets that lie in the text", () =>
    fc.assert(
      fc.property(text, (value) => {
        const { offsets } = tokenizer.encoding(value, { addSpecialTokens: false });
        for (let at = 0; at < offsets.length; at += 2) {
          const [start, end] = offsets.subarray(at, at + 2);
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start ?? 0);
          expect(end).toBeLessThanOrEqual(value.length);
        }
      }),
      all,
    ));

  it("streams what it decodes", () =>
    fc.assert(
      fc.property(text, (value) => {
        const ids = tokenizer.encode(value);
        const stream = tokenizer.decodeStream();
        let out = "";
        for (const id of ids) {
          const part = stream.push(id);
          expect(part).toBe(wellFormed(part));
          out += part;
        }
        expect(out + stream.end()).toBe(tokenizer.decode(ids));
      }),
      all,
    ));

  it("covers the text with windows", () =>
    fc.assert(
      fc.property(
        text,
        fc.nat(3),
        fc.constantFrom("left" as const, "right" as const),
        (value, stride, direction) => {
          const whole = tokenizer.encode(value, { addSpecialTokens: false, truncation: false });
          const truncation = { maxLength: 5, stride, strategy: "longestFirst", direction } as const;
          const cut = tokenizer.encoding(value, { addSpecialTokens: false, truncation });
          const windows = [cut, ...cut.overflowing].map(({ ids }) => [...ids]);
          // each window shares `stride` tokens with the one before it, at the end that comes first
          const fresh = windows.map((ids, index) => {
            if (index === 0) return ids;
            return direction === "right" ? ids.slice(stride) : ids.slice(0, ids.length - stride);
          });
          expect((direction === "right" ? fresh : fresh.reverse()).flat()).toEqual([...whole]);
        },
      ),
      all,
    ));
});

describe("byte-level BPE", () => {
  const { preTokenizer: _, postProcessor: __, ...rest } = load(byteLevel.json).spec;
  const bare = textTokenizer({
    ...rest,
    addedTokens: rest.addedTokens.map((token) => ({ ...token, lstrip: false, rstrip: false })),
    preTokenizer: { type: "ByteLevel", addPrefixSpace: false, trimOffsets: false, useRegex: true },
    postProcessor: undefined,
  });

  it("decodes what it encoded", () =>
    fc.assert(
      fc.property(text, (value) => {
        expect(bare.decode(bare.encode(value))).toBe(wellFormed(value));
      }),
      { ...all, numRuns: 500 },
    ));

  it("has offsets that slice the text into its tokens", () =>
    fc.assert(
      fc.property(text, (value) => {
        const { ids, offsets } = bare.encoding(value);
        for (let at = 0; at < ids.length; at++) {
          const slice = value.slice(offsets[2 * at], offsets[2 * at + 1]);
          const token = bare.decode([ids[at] ?? 0]);
          if (!token.includes("\ufffd")) expect(wellFormed(slice)).toBe(token);
        }
      }),
      all,
    ));
});

it("takes any ids, in any order, as a stream", () => {
  const tokenizer = load(byteLevel.json);
  fc.assert(
    fc.property(fc.array(fc.nat(tokenizer.vocabSize - 1), { maxLength: 40 }), (ids) => {
      const stream = tokenizer.decodeStream({ skipSpecialTokens: true });
      const text = ids.map((id) => stream.push(id)).join("") + stream.end();
      expect(text).toBe(tokenizer.decode(ids, { skipSpecialTokens: true }));
    }),
    all,
  );
});
