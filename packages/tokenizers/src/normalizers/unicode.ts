import type { AlignedText } from "../text/aligned-text.ts";
import { type Rewriter, rewriter, widthAt } from "../text/rewriter.ts";
import { composed } from "./composed.ts";
import { decomposed, type Change } from "./decomposed.ts";
import { parts } from "./normalization-parts.ts";

/** Unicode's normalization forms. */
export type NormalizationForm = "NFC" | "NFD" | "NFKC" | "NFKD";

const apply = (out: Rewriter, text: string, changes: readonly Change[]): void => {
  for (const [character, change] of changes) {
    if (change > 0) {
      out.insert(character);
      continue;
    }
    let width = 0;
    for (let count = 0; count <= -change; count++) {
      const at = out.position() + width;
      if (at < text.length) width += widthAt(text, at);
    }
    out.replace(character, width);
  }
};

const plain = (text: string, form: NormalizationForm): string => {
  const whole = text.normalize(form);
  if (whole === text) return text;
  let out = "";
  for (const part of parts(text)) out += part.isFrozen ? part.text : part.text.normalize(form);
  return out;
};

/**
 * A normalizer to one of Unicode's forms. Characters stand for what Hugging Face's library says they do: all characters
 * that one becomes stand for it, one that several became stands for the first. Source: unicode-normalization-alignments.
 */
export const unicodeNormalizer =
  (form: NormalizationForm): ((source: AlignedText) => AlignedText) =>
  (source) => {
    const { text, tracked } = source;
    if (!tracked) return { ...source, text: plain(text, form) };
    if (text.normalize(form) === text) return source;
    const out = rewriter(source);
    let end = 0;
    for (const part of parts(text)) {
      end += part.text.length;
      if (part.isFrozen || part.text.normalize(form) === part.text) {
        out.copy(end);
        continue;
      }
      const changes = decomposed(part.text, form.startsWith("NFK") ? "NFKD" : "NFD");
      apply(out, text, form.endsWith("C") ? composed(changes) : changes);
      out.skip(end - out.position());
    }
    return out.finish();
  };
