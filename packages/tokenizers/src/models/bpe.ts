import type { BpeSpec } from "../spec/model-spec.ts";
import { toSymbolsOf } from "./bpe-symbols.ts";
import { bytesEncoder } from "./bytes-encoder.ts";
import type { IdBuffer } from "./id-buffer.ts";
import { lookup } from "./lookup.ts";
import { memoized, type SpanEncoder } from "./memoized.ts";
import { mergeTableOf } from "./merge-table-of.ts";
import type { Model } from "./model.ts";
import { Symbols } from "./symbols.ts";

const append = (symbols: Symbols, ids: IdBuffer, spans: IdBuffer): void => {
  ids.append(symbols.ids, symbols.length);
  for (let i = 0; i < symbols.length; i++) {
    spans.push(symbols.starts[i] ?? 0);
    spans.push(symbols.ends[i] ?? 0);
  }
};

/** Prepares a BPE model. Throws TokenizerFormatError for a merge of tokens that the vocabulary lacks. */
export const bpe = (spec: BpeSpec): Model => {
  const names = lookup(spec.vocab);
  const table = mergeTableOf(spec, names.idToToken);
  const toSymbols = toSymbolsOf(spec);
  const symbols = new Symbols();
  const encode: SpanEncoder = (piece, ids, spans) => {
    symbols.clear();
    const whole = spec.ignoreMerges ? spec.vocab.get(piece) : undefined;
    if (whole === undefined) toSymbols(piece, symbols);
    else symbols.push(whole, 0, piece.length);
    if (whole === undefined) symbols.merge(table);
    append(symbols, ids, spans);
  };
  const encoders = memoized(encode);
  return {
    ...names,
    ...encoders,
    encodeBytes: bytesEncoder(spec, table, symbols, encoders.encodePiece),
    samplePiece: (piece, random, out) => {
      symbols.clear();
      toSymbols(piece, symbols);
      symbols.mergeSome(table, spec.dropout ?? 0, random);
      out.append(symbols.ids, symbols.length);
    },
  };
};
