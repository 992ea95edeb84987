import { type AlignedText, alignedText } from "../text/aligned-text.ts";
import { toByteCharacters } from "../text/byte-alphabet.ts";
import { prepended } from "../text/prepended.ts";
import { rewriter, widthAt } from "../text/rewriter.ts";
import { gpt2Pattern } from "./gpt2-pattern.ts";
import { patternFinder } from "./pattern-finder.ts";
import { splitStep } from "./split-step.ts";
import type { Step } from "./step.ts";

const onlyAscii = /^[!-~]*$/;

/** A text in the byte-level alphabet: each character becomes the characters of its UTF-8 bytes. */
export const toByteLevel = (source: AlignedText): AlignedText => {
  const { text, tracked } = source;
  if (onlyAscii.test(text)) return source;
  if (!tracked) return alignedText(toByteCharacters(text), false, source.origin);
  const out = rewriter(source);
  for (let at = 0; at < text.length;) {
    const width = widthAt(text, at);
    const characters = toByteCharacters(text.slice(at, at + width));
    out.replace(characters.slice(0, 1), width);
    out.insert(characters.slice(1));
    at += width;
  }
  return out.finish();
};

/** GPT-2's cuts: an optional space in front, then GPT-2's pattern. The pieces are text still. */
export const byteLevelCuts = (addPrefixSpace: boolean, useRegex: boolean): Step => {
  const split = useRegex ? splitStep(patternFinder({ regex: gpt2Pattern }), "isolated") : undefined;
  return (piece, emit) => {
    const needsSpace = addPrefixSpace && !piece.text.startsWith(" ");
    const whole = needsSpace ? prepended(piece, " ") : piece;
    if (split === undefined) emit(whole);
    else split(whole, emit);
  };
};

/** GPT-2's cuts, and the pieces in the byte-level alphabet. */
export const byteLevelStep = (addPrefixSpace: boolean, useRegex: boolean): Step => {
  const cut = byteLevelCuts(addPrefixSpace, useRegex);
  return (piece, emit) => cut(piece, (part) => emit(toByteLevel(part)));
};
