import type { BpeSpec } from "../spec/model-spec.ts";
import { byteCharacters } from "../text/byte-alphabet.ts";
import type { MergeTable } from "./merge-table.ts";
import type { Model } from "./model.ts";
import { hashOfUnits, PieceCache } from "./piece-cache.ts";
import type { Symbols } from "./symbols.ts";
import { writeUtf8 } from "./utf8-bytes.ts";

/** Longer pieces are not remembered. */
const longest = 64;

/** Bytes in the byte-level alphabet. */
const charactersOf = (bytes: Uint8Array, count: number): string => {
  let text = "";
  for (let i = 0; i < count; i++) text += byteCharacters[bytes[i] ?? 0] ?? "";
  return text;
};

/** Of the tokens, the longest in characters: no piece of more bytes is a token. */
const longestToken = (spec: BpeSpec): number => {
  let most = 0;
  for (const token of spec.vocab.keys()) if (token.length > most) most = token.length;
  return most;
};

/** A function that turns a piece into the symbols that it ends up with. */
const computer = (
  spec: BpeSpec,
  byteIds: Int32Array,
  table: MergeTable,
  symbols: Symbols,
): ((units: Uint16Array, start: number, end: number) => void) => {
  const wholeLimit = spec.ignoreMerges ? longestToken(spec) : 0;
  const small = new Uint8Array(1024);
  return (units, start, end) => {
    const most = (end - start) * 3;
    const bytes = most <= small.length ? small : new Uint8Array(most);
    const count = writeUtf8(units, start, end, bytes);
    symbols.clear();
    const whole = count <= wholeLimit ? spec.vocab.get(charactersOf(bytes, count)) : undefined;
    if (whole !== undefined) return symbols.push(whole, 0, 0);
    symbols.reserve(count);
    const { ids } = symbols;
    for (let i = 0; i < count; i++) ids[i] = byteIds[bytes[i] ?? 0] ?? 0;
    symbols.length = count;
    symbols.merge(table);
  };
};

/** `encodeBytes` of a BPE model; `symbols` is its working memory, `encodePiece` is for vocabularies without all bytes. */
export const bytesEncoder = (
  spec: BpeSpec,
  table: MergeTable,
  symbols: Symbols,
  encodePiece: Model["encodePiece"],
): NonNullable<Model["encodeBytes"]> => {
  const byteIds = Int32Array.from(byteCharacters, (character) => spec.vocab.get(character) ?? -1);
  if (byteIds.includes(-1) || spec.continuingSubwordPrefix || spec.endOfWordSuffix)
    return (units, start, end, out) => {
      const bytes = new Uint8Array((end - start) * 3);
      encodePiece(charactersOf(bytes, writeUtf8(units, start, end, bytes)), out);
    };
  const cache = new PieceCache();
  const compute = computer(spec, byteIds, table, symbols);
  return (units, start, end, out) => {
    const short = end - start <= longest;
    const hash = short ? hashOfUnits(units, start, end) : 0;
    const entry = short ? cache.find(units, start, end, hash) : -1;
    if (entry >= 0) {
      const stop = cache.idEnd(entry);
      for (let i = cache.idStart(entry); i < stop; i++) out.push(cache.ids[i] ?? 0);
      return;
    }
    compute(units, start, end);
    out.append(symbols.ids, symbols.length);
    if (short) cache.add(units, start, end, hash, symbols.ids, symbols.length);
  };
};
