import { byteOfToken } from "../decoders/byte-fallback.ts";
import { TokenizerFormatError } from "../errors.ts";
import type { UnigramSpec, Vocab } from "../spec/model-spec.ts";
import { bytesOf, byteTokenIds } from "./byte-tokens.ts";
import type { IdBuffer } from "./id-buffer.ts";
import { Lattice, type Pieces, unknownScoreOf } from "./lattice.ts";
import { memoized } from "./memoized.ts";
import { missingUnknown } from "./missing-unknown.ts";
import type { Model } from "./model.ts";
import { samplePath } from "./sample-path.ts";
import { Trie } from "./trie.ts";

/** No id: stands for the unknown piece of a model that has none. */
const none = -1;

const piecesOf = ({ pieces, unkId }: UnigramSpec, hidden: ReadonlySet<number>): Pieces => {
  if (unkId !== undefined && pieces[unkId] === undefined)
    throw new TokenizerFormatError({
      operation: "Unigram",
      rule: "the unknown piece must be one of the pieces",
      got: `${unkId} of ${pieces.length} pieces`,
    });
  const trie = new Trie(pieces.length * 2);
  pieces.forEach(([piece], id) => {
    if (!hidden.has(id)) trie.add(piece, id);
  });
  const scores = Float64Array.from(pieces, ([, score]) => score);
  return { trie, scores, unknownId: unkId ?? none, unknownScore: unknownScoreOf(scores) };
};

/** Tokens of bytes that stand for bytes alone: the text `<0x41>` is six characters, as in SentencePiece. */
const byteIdsOf = ({ pieces, byteFallback }: UnigramSpec): readonly number[] =>
  byteFallback
    ? pieces.flatMap(([piece], id) => (byteOfToken(piece) === undefined ? [] : [id]))
    : [];

type Write = (
  piece: string,
  lattice: Lattice,
  path: readonly number[],
  ids: IdBuffer,
  spans: IdBuffer | undefined,
) => void;

/** Writes a way through a lattice: unknown characters in a row are one, then bytes where the model falls back to them. */
const writer = (
  spec: UnigramSpec,
  vocab: Vocab,
  silent: ReadonlySet<number>,
  unknownId: number,
): Write => {
  const byteIds = spec.byteFallback ? byteTokenIds(vocab) : undefined;
  const unknown = (text: string): readonly number[] => {
    const known = vocab.get(text);
    if (known !== undefined && !silent.has(known)) return [known];
    const bytes = byteIds === undefined ? undefined : bytesOf(text, byteIds);
    if (bytes !== undefined) return bytes;
    if (unknownId === none) throw missingUnknown("Unigram", undefined, text);
    return [unknownId];
  };
  return (piece, { starts, ends, ids: edgeIds }, path, ids, spans) => {
    const write = (id: number, start: number, end: number): void => {
      ids.push(id);
      spans?.push(start);
      spans?.push(end);
    };
    for (let i = path.length - 1; i >= 0; i--) {
      const id = edgeIds[path[i] ?? 0] ?? 0;
      const start = starts[path[i] ?? 0] ?? 0;
      if (id === unknownId) {
        while (i > 0 && edgeIds[path[i - 1] ?? 0] === unknownId) i--;
        const end = ends[path[i] ?? 0] ?? 0;
        for (const part of unknown(piece.slice(start, end))) write(part, start, end);
      } else write(id, start, ends[path[i] ?? 0] ?? 0);
    }
  };
};

/**
 * Prepares a Unigram model: the way to cut a piece with the highest sum of scores. Throws TokenizerFormatError. Pieces that
 * are `hidden` have ids, and no text becomes them: control pieces score best of all, so `</s>` in the text of a stranger
 * would end it.
 */
export const unigram = (spec: UnigramSpec, hidden: ReadonlySet<number>): Model => {
  const silent = new Set([...hidden, ...byteIdsOf(spec)]);
  const pieces = piecesOf(spec, silent);
  const vocab = new Map(spec.pieces.map(([piece], id) => [piece, id]));
  const write = writer(spec, vocab, silent, pieces.unknownId);
  const lattice = new Lattice();
  return {
    vocabSize: spec.pieces.length,
    tokenToId: (token) => vocab.get(token),
    idToToken: (id) => spec.pieces[id]?.[0],
    ...memoized((piece, ids, spans) => {
      lattice.fill(piece, pieces);
      write(piece, lattice, lattice.bestPath(), ids, spans);
    }),
    encodeBytes: undefined,
    samplePiece: (piece, random, out, smoothing = 1) => {
      lattice.fill(piece, pieces);
      write(piece, lattice, samplePath(lattice, random, smoothing), out, undefined);
    },
  };
};
