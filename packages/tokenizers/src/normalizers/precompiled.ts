import { type Rewriter, rewriter, widthAt } from "../text/rewriter.ts";
import { charactersMap } from "./characters-map.ts";
import { graphemes, regions } from "./graphemes.ts";
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

/** Which ASCII characters the map leaves alone: most text is made of them. */
const untouched = (lookUp: (text: string) => string | undefined): Uint8Array =>
  Uint8Array.from({ length: 0x80 }, (_, code) =>
    lookUp(String.fromCharCode(code)) === undefined ? 1 : 0,
  );

/**
 * The rules that SentencePiece keeps in a model: a map from texts to texts, looked up by grapheme and then by character.
 * As in Hugging Face's library, a grapheme goes by the shortest entry that it begins with; but offsets stay right where
 * a text begins with what the map removes. Throws TokenizerFormatError.
 */
export const precompiled = (charsmap: Uint8Array): Normalizer => {
  if (charsmap.length === 0) return (source) => source;
  const lookUp = charactersMap(charsmap);
  const plain = untouched(lookUp);
  return (source) => {
    const out = rewriter(source);
    let isChanged = false;
    let at = 0;
    /** Goes past `from`, and changes it if the map does. */
    const change = (from: string): boolean => {
      const to = lookUp(from);
      if (to === undefined) return false;
      out.copy(at);
      rewrite(out, from, to);
      at += from.length;
      isChanged = true;
      return true;
    };
    const pass = (character: string): void => {
      if (!change(character)) at += character.length;
    };
    const passLoose = (text: string): void => {
      if (text === "\r\n") return passGrapheme(text);
      for (let place = 0; place < text.length;) {
        const width = widthAt(text, place);
        if (plain[text.charCodeAt(place)] === 1) at += 1;
        else pass(text.slice(place, place + width));
        place += width;
      }
    };
    const passGrapheme = (text: string): void => {
      const isShort = text.length <= longestGrapheme && utf8Length(text) <= longestGrapheme;
      if (!isShort || !change(text)) for (const character of text) pass(character);
    };
    for (const { text, isLoose } of regions(source.text))
      if (isLoose) passLoose(text);
      else for (const grapheme of graphemes(text)) passGrapheme(grapheme);
    if (!isChanged) return source;
    out.copy(at);
    return out.finish();
  };
};
