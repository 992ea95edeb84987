import type { Encoding } from "../encoding.ts";
import { IdBuffer } from "../models/id-buffer.ts";
import type { Model } from "../models/model.ts";
import type { Step } from "../pre-tokenizers/step.ts";
import { type AlignedText, originalEnd, originalStart } from "../text/aligned-text.ts";
import { toByteCharacters } from "../text/byte-alphabet.ts";
import { runSteps } from "./encode-ids.ts";
import type { Sections } from "./sections.ts";

/** Working memory: columns of an encoding that grow. */
type Columns = {
  readonly ids: IdBuffer;
  readonly spans: IdBuffer;
  readonly offsets: IdBuffer;
  readonly words: IdBuffer;
  readonly tokens: string[];
};

const columns = (): Columns => ({
  ids: new IdBuffer(),
  spans: new IdBuffer(),
  offsets: new IdBuffer(),
  words: new IdBuffer(),
  tokens: [],
});

const pushOffsets = (
  piece: AlignedText,
  start: number,
  end: number,
  { offsets }: Columns,
): void => {
  offsets.push(originalStart(piece, start));
  offsets.push(originalEnd(piece, Math.max(end, start)));
};

/** Name of the token with an id that stands for `text`. */
export type NameToken = (id: number, text: string) => string;

/** Where the character with each byte of a text's UTF-8 starts and ends, in UTF-16 units. */
const byteSpans = (text: string): Int32Array => {
  const spans = new Int32Array(6 * text.length);
  let count = 0;
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at) ?? 0;
    const end = at + (code > 0xffff ? 2 : 1);
    const bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (let byte = 0; byte < bytes; byte++) {
      spans[count++] = at;
      spans[count++] = end;
    }
    at = end;
  }
  return spans;
};

/** The tokens of a piece that the model knows as `characters`; `places` says which of the piece's characters each stands for, unless itself. */
const pushTokens = (
  piece: AlignedText,
  characters: string,
  places: Int32Array | undefined,
  word: number,
  { model, name }: EncodingParts,
  out: Columns,
): void => {
  const from = out.ids.length;
  out.spans.length = 0;
  model.encodePieceWithSpans(characters, out.ids, out.spans);
  for (let at = from; at < out.ids.length; at++) {
    const start = out.spans.ids[2 * (at - from)] ?? 0;
    const end = out.spans.ids[2 * (at - from) + 1] ?? start;
    if (places === undefined) pushOffsets(piece, start, end, out);
    else pushOffsets(piece, places[2 * start] ?? 0, places[2 * end - 1] ?? 0, out);
    out.words.push(word);
    out.tokens.push(name(out.ids.ids[at] ?? 0, characters.slice(start, end)));
  }
};

const pushBytesPiece = (
  piece: AlignedText,
  word: number,
  parts: EncodingParts,
  out: Columns,
): void => {
  const characters = toByteCharacters(piece.text);
  const places = characters.length === piece.text.length ? undefined : byteSpans(piece.text);
  pushTokens(piece, characters, places, word, parts, out);
};

const pushPiece = (piece: AlignedText, word: number, parts: EncodingParts, out: Columns): void =>
  pushTokens(piece, piece.text, undefined, word, parts, out);

/** What encoding with offsets needs. */
export type EncodingParts = {
  readonly sections: Sections;
  readonly steps: readonly Step[];
  /** Whether the steps' pieces are text of which the model takes the byte-level characters. */
  readonly takesBytes: boolean;
  readonly model: Model;
  readonly name: NameToken;
};

/** Ids, tokens, offsets and word ids of one text, with nothing around. */
export const encodeText = (
  parts: EncodingParts,
  text: string,
  skipSpecial: boolean,
  sequence: 0 | 1,
): Encoding => {
  const out = columns();
  let word = 0;
  const { sections, steps, takesBytes } = parts;
  const push = takesBytes ? pushBytesPiece : pushPiece;
  sections(text, skipSpecial, true, (section, token) => {
    if (token === undefined)
      return runSteps(steps, 0, section, (piece) => push(piece, word++, parts, out));
    out.ids.push(token.id);
    pushOffsets(section, 0, section.text.length, out);
    out.words.push(word++);
    out.tokens.push(section.text);
  });
  const count = out.ids.length;
  return {
    ids: out.ids.toArray(),
    typeIds: new Int32Array(count).fill(sequence),
    tokens: out.tokens,
    offsets: out.offsets.toArray(),
    wordIds: out.words.toArray(),
    sequenceIds: new Int32Array(count).fill(sequence),
    attentionMask: new Uint8Array(count).fill(1),
    specialTokensMask: new Uint8Array(count),
    overflowing: [],
  };
};
