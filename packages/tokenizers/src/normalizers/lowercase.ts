import type { AlignedText } from "../text/aligned-text.ts";
import { literalReplaced, withText } from "../text/replaced.ts";

/**
 * Lower case character by character, as Rust's `char::to_lowercase`: a sigma is σ wherever it stands. Only İ changes its
 * length.
 */
export const lowercase = (source: AlignedText): AlignedText => {
  const single = withText(source, source.text.replaceAll("\u03a3", "\u03c3"));
  const same = literalReplaced(single, "\u0130", "i\u0307");
  return withText(same, same.text.toLowerCase());
};
