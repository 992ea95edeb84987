// Scanners against the regular expressions that they stand for, as JavaScript has them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scannerOf } from "../src/scanners/scanner-of.ts";
import { unitsOf } from "../src/scanners/units-of.ts";

const s = String.raw`\p{White_Space}`;
const spaces = String.raw`${s}+(?!\P{White_Space})|${s}+`;
/** (?i:…): s is also LATIN SMALL LETTER LONG S. */
const contractions = "'[sSſ]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]";
const word = String.raw`[^\r\n\p{L}\p{N}]?`;
const [upper, lower] = [
  String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`,
  String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`,
];
const cl100k = (digits: string, end: string): string =>
  String.raw`${contractions}|${word}\p{L}+|${digits}| ?[^${s}\p{L}\p{N}]+[\r\n]*|${end}`;
const lines = String.raw`${s}*[\r\n]+|${spaces}`;

const patterns: readonly (readonly [name: string, pattern: string, inJs: string])[] = [
  [
    "gpt2",
    String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
    String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^${s}\p{L}\p{N}]+|${spaces}`,
  ],
  [
    "cl100k and Llama 3",
    String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    cl100k(String.raw`\p{N}{1,3}`, lines),
  ],
  [
    "Qwen",
    String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    cl100k(String.raw`\p{N}`, lines),
  ],
  [
    "tiktoken's cl100k",
    String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s`,
    cl100k(String.raw`\p{N}{1,3}`, String.raw`${s}+$|${s}*[\r\n]|${s}+(?!\P{White_Space})|${s}`),
  ],
  [
    "rustbpe",
    String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`,
    cl100k(String.raw`\p{N}{1,2}`, String.raw`${s}*[\r\n]|${spaces}`),
  ],
  [
    "o200k",
    String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    String.raw`${word}${upper}*${lower}+(?:${contractions})?|${word}${upper}+${lower}*(?:${contractions})?|\p{N}{1,3}| ?[^${s}\p{L}\p{N}]+[\r\n/]*|${lines}`,
  ],
];

/** What splits differ about, what case folds to, halves of characters, and anything. */
const part = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ..."'s'S'ſ'Kt TRE abzABZ019½²  \t\n\r\u0085\u00A0\uFEFF\u2028\u3000/!.-,ǅʰ\u0301\u0E33中文かé🙂𝐀𝟙\u{1D165}",
    ),
  },
  fc.constantFrom("'s", "'Ll", "'RE", "'ve", "'D", "'ſ", "\r\n", "  ", "\u{10400}", "\u{10428}"),
  fc.string({ unit: "binary", maxLength: 2 }),
  fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
);
const text = fc.array(part, { maxLength: 20 }).map((parts) => parts.join(""));

const scanned = (scan: ReturnType<typeof scannerOf>, text: string): string[] => {
  const units = unitsOf(text);
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    const end = scan?.(units, start, text.length) ?? 0;
    if (end <= start) throw new Error("no piece");
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
};

describe("scanners", () => {
  for (const [name, pattern, inJs] of patterns)
    it(`${name}: cuts as its pattern does`, () => {
      const scan = scannerOf(pattern);
      const regex = new RegExp(inJs, "gu");
      fc.assert(
        fc.property(text, (text) => {
          expect(scanned(scan, text)).toEqual([...(text.match(regex) ?? [])]);
        }),
        { numRuns: 4000 },
      );
    });

  it("knows nothing of other patterns", () => {
    expect(scannerOf(String.raw`\w+`)).toBeUndefined();
  });
});
