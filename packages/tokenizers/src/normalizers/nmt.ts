import type { AlignedText } from "../text/aligned-text.ts";
import { withText } from "../text/replaced.ts";
import { filtered } from "./filtered.ts";

const dropped = /(?![\t\n\f\r\0\u0080-\u008e\u0090-\u009e])\p{Cc}/gu;
const spaces = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/gu;

/** Drops control characters, and makes what counts as white space a space: SentencePiece's rules of "nmt". */
export const nmt = (source: AlignedText): AlignedText => {
  const kept = filtered(source, dropped);
  return withText(kept, kept.text.replace(spaces, " "));
};
