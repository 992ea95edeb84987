import { ArgumentError } from "@adjoint/core";
import type { AlignedText } from "../text/aligned-text.ts";
import type { NormalizerSpec } from "../spec/normalizer-spec.ts";
import { newerThanUnicode9 } from "../text/newer-characters.ts";
import { prepended } from "../text/prepended.ts";
import { literalReplaced, replaced } from "../text/replaced.ts";
import { patternFinder } from "../pre-tokenizers/pattern-finder.ts";
import { toByteLevel } from "../pre-tokenizers/byte-level.ts";
import { bertNormalizer } from "./bert.ts";
import { filtered } from "./filtered.ts";
import { lowercase } from "./lowercase.ts";
import type { Normalizer } from "./normalizer-type.ts";
import { nmt } from "./nmt.ts";
import { precompiled } from "./precompiled.ts";
import { stripped } from "./stripped.ts";
import { unicodeNormalizer } from "./unicode.ts";

/** Marks of Unicode 9. */
const accents = new RegExp(`[[\\p{M}\\u1cf2\\u1cf3]--[\\u{111c9}${newerThanUnicode9}]]`, "gv");

const same: Normalizer = (source) => source;

/** A text may become this many times as long, or this long. */
const mostGrowth = 64;
const longText = 2 ** 24;

/** Steps that each make a text longer could together use up all memory. */
const checkGrowth = (source: AlignedText, result: AlignedText): AlignedText => {
  if (result.text.length <= Math.max(longText, mostGrowth * source.text.length)) return result;
  throw new ArgumentError({
    operation: "normalize",
    rule: `steps may make a text ${mostGrowth} times as long at most`,
    got: `${result.text.length} characters from ${source.text.length}`,
    fix: "see the Replace steps of the normalizer",
  });
};

/** Prepares a normalizer. Throws RegexError, or TokenizerFormatError for a damaged character map. */
export const normalizerOf = (spec: NormalizerSpec | undefined): Normalizer => {
  if (spec === undefined) return same;
  switch (spec.type) {
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD":
      return unicodeNormalizer(spec.type);
    case "Lowercase":
      return lowercase;
    case "StripAccents":
      return (source) => filtered(source, accents);
    case "Nmt":
      return nmt;
    case "ByteLevel":
      return toByteLevel;
    case "Bert":
      return bertNormalizer(spec);
    case "Replace": {
      const { pattern, content } = spec;
      if ("text" in pattern && pattern.text !== "")
        return (source) => literalReplaced(source, pattern.text, content);
      const find = patternFinder(pattern);
      return (source) => replaced(source, find, content);
    }
    case "Prepend":
      return (source) => prepended(source, spec.prepend);
    case "Strip":
      return (source) => stripped(source, spec.left, spec.right);
    case "Precompiled":
      return precompiled(spec.charsmap);
    case "Sequence": {
      const steps = spec.normalizers.map(normalizerOf);
      return (source) => steps.reduce((text, step) => checkGrowth(source, step(text)), source);
    }
  }
};
