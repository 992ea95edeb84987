import { gpt2Pattern } from "../pre-tokenizers/gpt2-pattern.ts";
import { scannerOf } from "../scanners/scanner-of.ts";
import type { Scanner } from "../scanners/scanner.ts";
import { unitsOf } from "../scanners/units-of.ts";
import type { PreTokenizerSpec } from "../spec/pre-tokenizer-spec.ts";
import { toByteCharacters } from "../text/byte-alphabet.ts";
import { pieceCutter } from "./piece-cutter.ts";
import { readTexts } from "./read-texts.ts";
import type { TrainingOptions, TrainingTexts } from "./training-options.ts";
import { UnitCounter } from "./unit-counter.ts";

/** Pieces in the model's alphabet, and how often each came, in the order in which they came. */
export type PieceCounts = ReadonlyMap<string, number>;

type Counter = { readonly count: (text: string) => void; readonly finish: () => PieceCounts };

/** The scanner of a pre-tokenizer that is a well-known pattern and the byte-level alphabet. */
const byteLevelScanner = (spec: PreTokenizerSpec | undefined): Scanner | undefined => {
  if (spec?.type === "ByteLevel")
    return spec.useRegex && !spec.addPrefixSpace ? scannerOf(gpt2Pattern) : undefined;
  if (spec?.type !== "Sequence" || spec.preTokenizers.length !== 2) return undefined;
  const [split, bytes] = spec.preTokenizers;
  if (split?.type !== "Split" || split.invert || split.behavior !== "isolated") return undefined;
  if (bytes?.type !== "ByteLevel" || bytes.useRegex || bytes.addPrefixSpace) return undefined;
  return "regex" in split.pattern ? scannerOf(split.pattern.regex) : undefined;
};

const scanningCounter = (scan: Scanner): Counter => {
  const counter = new UnitCounter();
  return {
    count: (text) => {
      const units = unitsOf(text);
      for (let start = 0; start < units.length;) {
        const end = scan(units, start, units.length);
        counter.add(units, start, end);
        start = end;
      }
    },
    finish: () => {
      const counts = new Map<string, number>();
      for (const [piece, count] of counter.entries()) {
        const characters = toByteCharacters(piece);
        // Pieces that differ in lone surrogates alone are the same bytes.
        counts.set(characters, count + (counts.get(characters) ?? 0));
      }
      return counts;
    },
  };
};

const generalCounter = (options: TrainingOptions): Counter => {
  const counts = new Map<string, number>();
  return {
    count: pieceCutter(options, (piece) => {
      counts.set(piece, (counts.get(piece) ?? 0) + 1);
    }),
    finish: () => counts,
  };
};

/** Reads texts and counts their pieces; nothing else of them is kept. */
export const countPieces = async (
  operation: string,
  texts: TrainingTexts,
  options: TrainingOptions,
): Promise<PieceCounts> => {
  const scan =
    options.normalizer === undefined ? byteLevelScanner(options.preTokenizer) : undefined;
  const counter = scan === undefined ? generalCounter(options) : scanningCounter(scan);
  await readTexts(operation, texts, options, counter.count);
  return counter.finish();
};
