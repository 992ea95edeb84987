import type { BpeSpec } from "../spec/model-spec.ts";
import { bytesOf, byteTokenIds } from "./byte-tokens.ts";
import { missingUnknown } from "./missing-unknown.ts";
import type { Symbols } from "./symbols.ts";

/** Appends the symbols that a piece starts from, before any merge. */
export type ToSymbols = (piece: string, symbols: Symbols) => void;

/** A function for the unknown characters of one piece: `unknown` takes one, `flush` writes what is pending. */
const unknownsOf = ({ vocab, unkToken, fuseUnk }: BpeSpec) => {
  const id = unkToken === undefined ? undefined : vocab.get(unkToken);
  let start = -1;
  let end = -1;
  const flush = (symbols: Symbols): void => {
    if (start >= 0 && id !== undefined) symbols.push(id, start, end);
    start = -1;
  };
  const unknown = (symbols: Symbols, piece: string, from: number, to: number): void => {
    if (unkToken === undefined) return; // characters that no token has are dropped
    if (id === undefined) throw missingUnknown("BPE", unkToken, piece);
    if (!fuseUnk) flush(symbols);
    if (start < 0) start = from;
    end = to;
  };
  return { flush, unknown };
};

/**
 * How the pieces of a model become symbols: characters with their prefix and suffix, else bytes, else unknown. Each knows
 * where it stands; the source adds up lengths instead, so that a dropped character shifts the offsets behind it.
 * Source: merge_word in https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/models/bpe/model.rs
 */
export const toSymbolsOf = (spec: BpeSpec): ToSymbols => {
  const { vocab, continuingSubwordPrefix: prefix = "", endOfWordSuffix: suffix = "" } = spec;
  const byteIds = spec.byteFallback ? byteTokenIds(vocab) : undefined;
  const { flush, unknown } = unknownsOf(spec);
  return (piece, symbols) => {
    let end = 0;
    for (let start = 0; start < piece.length; start = end) {
      const code = piece.codePointAt(start) ?? 0;
      end = start + (code > 0xffff ? 2 : 1);
      const character = code >= 0xd800 && code < 0xe000 ? "\uFFFD" : piece.slice(start, end);
      const token = `${start > 0 ? prefix : ""}${character}${end === piece.length ? suffix : ""}`;
      const id = vocab.get(token);
      if (id !== undefined) {
        flush(symbols);
        symbols.push(id, start, end);
        continue;
      }
      const bytes = byteIds === undefined ? undefined : bytesOf(token, byteIds);
      if (bytes === undefined) unknown(symbols, piece, start, end);
      else for (const byte of bytes) symbols.push(byte, start, end);
    }
    flush(symbols);
  };
};
