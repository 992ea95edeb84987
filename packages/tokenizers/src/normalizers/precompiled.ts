import type { AlignedText } from "../text/aligned-text.ts";
import { type Rewriter, rewriter } from "../text/rewriter.ts";
import { charactersMap } from "./characters-map.ts";
import { graphemes } from "./graphemes.ts";
import type { Normalizer } from "./normalizer-type.ts";

const longestGrapheme = 5; // bytes: longer ones are looked up character by character

const utf8Length = (text: string): number => {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
};

/** `from` becomes `to`, character for character; the last one stands for what is left over, or is followed by it. */
const rewrite = (out: Rewriter, from: string, to: string): void => {
  const [old, fresh] = [[...from], [...to]];
  const end = out.position() + from.length;
  fresh.forEach((character, index) => {
    const width = index === fresh.length - 1 ? end - out.position() : (old[index]?.length ?? 0);
    if (index < old.length) out.replace(character, width);
    else out.insert(character);
  });
  out.skip(end - out.position());
};

/**
 * The rules that SentencePiece keeps in a model: a map from texts to texts, looked up by grapheme and then by character.
 * As in Hugging Face's library, a grapheme goes by the shortest entry that it begins with. Throws TokenizerFormatError.
 */
export const precompiled = (charsmap: Uint8Array): Normalizer => {
  if (charsmap.length === 0) return (source) => source;
  const lookUp = charactersMap(charsmap);
  return (source: AlignedText): AlignedText => {
    const out = rewriter(source);
    let at = 0;
    let isChanged = false;
    const change = (from: string): boolean => {
      const to = lookUp(from);
      if (to === undefined || to === from) return false;
      out.copy(at);
      rewrite(out, from, to);
      isChanged = true;
      return true;
    };
    for (const grapheme of graphemes(source.text)) {
      const isShort = grapheme.length <= longestGrapheme && utf8Length(grapheme) <= longestGrapheme;
      if (isShort && change(grapheme)) {
        at += grapheme.length;
        continue;
      }
      for (const character of grapheme) {
        change(character);
        at += character.length;
      }
    }
    if (!isChanged) return source;
    out.copy(at);
    return out.finish();
  };
};
