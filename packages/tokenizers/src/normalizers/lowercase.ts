import type { AlignedText } from "../text/aligned-text.ts";
import { regexFinder } from "../text/matches.ts";
import { replaced, withText } from "../text/replaced.ts";

const dottedI = regexFinder(/\u0130/gu);

/**
 * Lower case character by character, as Rust's `char::to_lowercase`: a sigma is σ wherever it stands. Only İ changes its
 * length.
 */
export const lowercase = (source: AlignedText): AlignedText => {
  const single = withText(source, source.text.replaceAll("\u03a3", "\u03c3"));
  const same = single.text.includes("\u0130") ? replaced(single, dottedI, "i\u0307") : single;
  return withText(same, same.text.toLowerCase());
};
