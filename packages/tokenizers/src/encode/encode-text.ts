import type { Encoding } from "../encoding.ts";
import { IdBuffer } from "../models/id-buffer.ts";
import type { Model } from "../models/model.ts";
import type { Step } from "../pre-tokenizers/step.ts";
import { type AlignedText, originalEnd, originalStart } from "../text/aligned-text.ts";
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

const pushPiece = (
  piece: AlignedText,
  word: number,
  model: Model,
  name: NameToken,
  out: Columns,
): void => {
  const from = out.ids.length;
  out.spans.length = 0;
  model.encodePieceWithSpans(piece.text, out.ids, out.spans);
  for (let at = from; at < out.ids.length; at++) {
    const start = out.spans.ids[2 * (at - from)] ?? 0;
    const end = out.spans.ids[2 * (at - from) + 1] ?? start;
    pushOffsets(piece, start, end, out);
    out.words.push(word);
    out.tokens.push(name(out.ids.ids[at] ?? 0, piece.text.slice(start, end)));
  }
};

/** What encoding with offsets needs. */
export type EncodingParts = {
  readonly sections: Sections;
  readonly steps: readonly Step[];
  readonly model: Model;
  readonly name: NameToken;
};

/** Ids, tokens, offsets and word ids of one text, with nothing around. */
export const encodeText = (
  { sections, steps, model, name }: EncodingParts,
  text: string,
  skipSpecial: boolean,
  sequence: 0 | 1,
): Encoding => {
  const out = columns();
  let word = 0;
  sections(text, skipSpecial, true, (section, token) => {
    if (token === undefined)
      return runSteps(steps, 0, section, (piece) => pushPiece(piece, word++, model, name, out));
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
