import { byteCharacters } from "../text/byte-alphabet.ts";
import type { BpeSpec } from "../spec/model-spec.ts";
import type { IdBuffer } from "./id-buffer.ts";
import type { MergeTable } from "./merge-table.ts";
import type { Model } from "./model.ts";
import { hashOfUnits, PieceCache } from "./piece-cache.ts";
import type { Symbols } from "./symbols.ts";

/** Longer pieces are not remembered. */
const longest = 64;

/** Appends the UTF-8 bytes of UTF-16 units as symbols; lone surrogates are U+FFFD. */
const pushBytes = (
  units: Uint16Array,
  start: number,
  end: number,
  ids: Int32Array,
  symbols: Symbols,
): void => {
  const byte = (value: number): void => symbols.push(ids[value] ?? -1, 0, 0);
  for (let i = start; i < end; i++) {
    let c = units[i] ?? 0;
    if (c < 0x80) {
      byte(c);
      continue;
    }
    if (c < 0x800) {
      byte(0xc0 | (c >> 6));
      byte(0x80 | (c & 63));
      continue;
    }
    if ((c & 0xf800) === 0xd800) {
      const low = i + 1 < end ? (units[i + 1] ?? 0) : 0;
      if (c < 0xdc00 && (low & 0xfc00) === 0xdc00) {
        c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
        i++;
        byte(0xf0 | (c >> 18));
        byte(0x80 | ((c >> 12) & 63));
        byte(0x80 | ((c >> 6) & 63));
        byte(0x80 | (c & 63));
        continue;
      }
      c = 0xfffd;
    }
    byte(0xe0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 63));
    byte(0x80 | (c & 63));
  }
};

/** The piece in the byte-level alphabet. */
const alphabetOf = (units: Uint16Array, start: number, end: number): string => {
  const bytes = new TextEncoder().encode(
    new TextDecoder("utf-16le").decode(units.slice(start, end)),
  );
  return Array.from(bytes, (byte) => byteCharacters[byte] ?? "").join("");
};

/** `encodeBytes` of a BPE model; `symbols` is its working memory, `encodePiece` is for vocabularies without all bytes. */
export const bytesEncoder = (
  spec: BpeSpec,
  table: MergeTable,
  symbols: Symbols,
  encodePiece: Model["encodePiece"],
): NonNullable<Model["encodeBytes"]> => {
  const byteIds = Int32Array.from(byteCharacters, (character) => spec.vocab.get(character) ?? -1);
  const plain =
    !byteIds.includes(-1) &&
    (spec.continuingSubwordPrefix ?? "") === "" &&
    (spec.endOfWordSuffix ?? "") === "";
  if (!plain) return (units, start, end, out) => encodePiece(alphabetOf(units, start, end), out);
  const cache = new PieceCache();
  const compute = (units: Uint16Array, start: number, end: number): void => {
    symbols.clear();
    if (spec.ignoreMerges && end - start <= longest * 8) {
      const whole = spec.vocab.get(alphabetOf(units, start, end));
      if (whole !== undefined) return symbols.push(whole, 0, 0);
    }
    symbols.reserve((end - start) * 3);
    pushBytes(units, start, end, byteIds, symbols);
    symbols.merge(table);
  };
  return (units, start, end, out: IdBuffer) => {
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
