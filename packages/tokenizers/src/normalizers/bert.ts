import type { NormalizerSpec } from "../spec/normalizer-spec.ts";
import type { AlignedText } from "../text/aligned-text.ts";
import { withText } from "../text/replaced.ts";
import { rewriter } from "../text/rewriter.ts";
import { newerThanUnicode8, newerThanUnicode9 } from "../text/newer-characters.ts";
import { filtered } from "./filtered.ts";
import { lowercase } from "./lowercase.ts";
import type { Normalizer } from "./normalizer-type.ts";
import { unicodeNormalizer } from "./unicode.ts";

/** NUL, U+FFFD and what Unicode files under "other", but for tab and line ends. */
const dropped = new RegExp(
  `[\\0\\ufffd[[\\p{Cc}\\p{Cf}\\p{Co}]--[\\t\\n\\r\\u08e2${newerThanUnicode9}]]]`,
  "gv",
);
const spaces = /[\p{White_Space}]/gu;

/** The blocks that BERT calls Chinese. */
const chinese =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

const clean = (source: AlignedText): AlignedText => {
  const kept = filtered(source, dropped);
  return withText(kept, kept.text.replace(spaces, " "));
};

const spaced = (source: AlignedText): AlignedText => {
  const { text, tracked } = source;
  if (text.search(chinese) < 0) return source;
  if (!tracked) return { ...source, text: text.replace(chinese, " $& ") };
  const out = rewriter(source);
  for (const { 0: character, index } of text.matchAll(chinese)) {
    out.copy(index);
    out.replace(" ", character.length);
    out.insert(`${character} `);
  }
  out.copy(text.length);
  return out.finish();
};

const nfd = unicodeNormalizer("NFD");
const accents = new RegExp(`[[\\p{Mn}--[${newerThanUnicode8}]]\\u1734\\u{1171e}]`, "gv");
const withoutAccents: Normalizer = (source) => filtered(nfd(source), accents);

/**
 * BERT's cleaning: control characters out, white space to spaces, spaces around Chinese characters, accents off, lower
 * case. Source: BasicTokenizer in https://github.com/google-research/bert/blob/master/tokenization.py
 */
export const bertNormalizer = (spec: NormalizerSpec & { type: "Bert" }): Normalizer => {
  const steps = [
    ...(spec.cleanText ? [clean] : []),
    ...(spec.handleChineseChars ? [spaced] : []),
    ...((spec.stripAccents ?? spec.lowercase) ? [withoutAccents] : []),
    ...(spec.lowercase ? [lowercase] : []),
  ];
  return (source) => steps.reduce((text, step) => step(text), source);
};
