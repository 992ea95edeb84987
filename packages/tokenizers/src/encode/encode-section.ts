import type { Model } from "../models/model.ts";
import { gpt2Pattern } from "../pre-tokenizers/gpt2-pattern.ts";
import { patternFinder } from "../pre-tokenizers/pattern-finder.ts";
import { byteLevelSteps, flatParts, preTokenizerSteps } from "../pre-tokenizers/pre-tokenizer.ts";
import { scannerOf } from "../scanners/scanner-of.ts";
import { unitsOf } from "../scanners/units-of.ts";
import type { PreTokenizerSpec } from "../spec/pre-tokenizer-spec.ts";
import { cutText } from "../text/matches.ts";
import type { Step } from "../pre-tokenizers/step.ts";
import { type EncodeSection, encodeByPieces, runSteps } from "./encode-ids.ts";

type EncodeBytes = NonNullable<Model["encodeBytes"]>;

/** Visits the pieces of units[start, end). */
type Cutter = (
  text: string,
  units: Uint16Array,
  start: number,
  end: number,
  visit: (start: number, end: number) => void,
) => void;

const patternCutter = (spec: PreTokenizerSpec & { type: "Split" }): Cutter => {
  const { pattern, behavior, invert } = spec;
  const isWhole = invert ? behavior === "removed" : behavior === "isolated";
  const scan = isWhole && "regex" in pattern ? scannerOf(pattern.regex) : undefined;
  if (scan !== undefined)
    return (_text, units, start, end, visit) => {
      for (let at = start; at < end;) {
        const next = scan(units, at, end);
        visit(at, next);
        at = next;
      }
    };
  const find = patternFinder(pattern);
  const finder: typeof find = invert
    ? (text, visit) => find(text, (from, to, isMatch) => visit(from, to, !isMatch))
    : find;
  return (text, _units, start, end, visit) =>
    cutText(finder, behavior, text.slice(start, end), (from, to) =>
      visit(start + from, start + to),
    );
};

const gpt2Split: PreTokenizerSpec & { type: "Split" } = {
  type: "Split",
  pattern: { regex: gpt2Pattern },
  behavior: "isolated",
  invert: false,
};

/** The cuts of a chain of splits that ends in ByteLevel; undefined for other chains. */
const byteLevelCutters = (spec: PreTokenizerSpec | undefined): readonly Cutter[] | undefined => {
  const chain = flatParts(spec);
  const last = chain.at(-1);
  if (last?.type !== "ByteLevel" || (last.addPrefixSpace && chain.length > 1)) return undefined;
  const splits = chain.slice(0, -1).filter((step) => step.type === "Split");
  if (splits.length !== chain.length - 1) return undefined;
  return [...splits, ...(last.useRegex ? [gpt2Split] : [])].map(patternCutter);
};

const prefixesSpace = (spec: PreTokenizerSpec | undefined): boolean =>
  flatParts(spec).some((step) => step.type === "ByteLevel" && step.addPrefixSpace);

/** From units to ids, with nothing in between: no piece is ever a string. */
const encodeByUnits =
  (cutters: readonly Cutter[], encodeBytes: EncodeBytes, prefix: boolean): EncodeSection =>
  (section, out) => {
    const text = prefix && !section.text.startsWith(" ") ? ` ${section.text}` : section.text;
    const units = unitsOf(text);
    const run = (at: number, start: number, end: number): void => {
      const cutter = cutters[at];
      if (cutter === undefined) encodeBytes(units, start, end, out);
      else cutter(text, units, start, end, (from, to) => run(at + 1, from, to));
    };
    run(0, 0, text.length);
  };

/** Piece by piece, of which the model takes the bytes. */
const encodeByteLevelPieces =
  (steps: readonly Step[], encodeBytes: EncodeBytes): EncodeSection =>
  (section, out) =>
    runSteps(steps, 0, section, ({ text }) => encodeBytes(unitsOf(text), 0, text.length, out));

/** The fastest way that a model and a pre-tokenizer allow. */
export const encodeSectionOf = (
  spec: PreTokenizerSpec | undefined,
  model: Model,
): EncodeSection => {
  const { encodeBytes } = model;
  const steps = byteLevelSteps(spec);
  if (encodeBytes === undefined || steps === undefined)
    return encodeByPieces(preTokenizerSteps(spec), model);
  const cutters = byteLevelCutters(spec);
  return cutters === undefined
    ? encodeByteLevelPieces(steps, encodeBytes)
    : encodeByUnits(cutters, encodeBytes, prefixesSpace(spec));
};
