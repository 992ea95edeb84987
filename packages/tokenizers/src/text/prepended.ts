import type { AlignedText } from "./aligned-text.ts";
import { rewriter, widthAt } from "./rewriter.ts";

/** A text with `prefix` in front, which shares the alignment of the first character; an empty text stays empty. */
export const prepended = (source: AlignedText, prefix: string): AlignedText => {
  const { text } = source;
  if (text === "" || prefix === "") return source;
  const out = rewriter(source);
  const width = widthAt(text, 0);
  out.replace(prefix, width);
  out.insert(text.slice(0, width));
  out.copy(text.length);
  return out.finish();
};
