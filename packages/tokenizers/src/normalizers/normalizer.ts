import type { NormalizerSpec } from "../spec/normalizer-spec.ts";
import type { AlignedText } from "../text/aligned-text.ts";
import { prepended } from "../text/prepended.ts";
import { replaced } from "../text/replaced.ts";
import { patternFinder } from "../pre-tokenizers/pattern-finder.ts";
import { toByteLevel } from "../pre-tokenizers/byte-level.ts";
import { bertNormalizer } from "./bert.ts";
import { filtered } from "./filtered.ts";
import { lowercase } from "./lowercase.ts";
import { nmt } from "./nmt.ts";
import { precompiled } from "./precompiled.ts";
import { stripped } from "./stripped.ts";
import { unicodeNormalizer } from "./unicode.ts";

/** A pure change to a text. */
export type Normalizer = (source: AlignedText) => AlignedText;

const same: Normalizer = (source) => source;

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
      return (source) => filtered(source, /\p{M}/gu);
    case "Nmt":
      return nmt;
    case "ByteLevel":
      return toByteLevel;
    case "Bert":
      return bertNormalizer(spec);
    case "Replace": {
      const find = patternFinder(spec.pattern);
      return (source) => replaced(source, find, spec.content);
    }
    case "Prepend":
      return (source) => prepended(source, spec.prepend);
    case "Strip":
      return (source) => stripped(source, spec.left, spec.right);
    case "Precompiled":
      return precompiled(spec.charsmap);
    case "Sequence": {
      const steps = spec.normalizers.map(normalizerOf);
      return (source) => steps.reduce((text, step) => step(text), source);
    }
  }
};
