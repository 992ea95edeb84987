import type { AlignedText } from "../text/aligned-text.ts";
import { rewriter } from "../text/rewriter.ts";

/** A text without what `drop` (flag g) matches. */
export const filtered = (source: AlignedText, drop: RegExp): AlignedText => {
  const { text, tracked } = source;
  if (!tracked) {
    const kept = text.replace(drop, "");
    return kept === text ? source : { ...source, text: kept };
  }
  let out: ReturnType<typeof rewriter> | undefined;
  for (const match of text.matchAll(drop)) {
    out ??= rewriter(source);
    out.copy(match.index);
    out.skip(match[0].length);
  }
  if (out === undefined) return source;
  out.copy(text.length);
  return out.finish();
};
