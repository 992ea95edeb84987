import type { Encoding } from "../encoding.ts";
import type { PaddingSpec } from "../spec/tokenizer-spec.ts";
import { joinEncodings } from "./join-encodings.ts";
import { specialEncoding } from "./special-encoding.ts";

/** The length that encodings of at most `longest` tokens are filled up to. */
export const paddedLength = (longest: number, padding: PaddingSpec): number => {
  const length = padding.length === "longest" ? longest : padding.length;
  const multiple = padding.padToMultipleOf ?? 0;
  return multiple > 0 ? Math.ceil(length / multiple) * multiple : length;
};

/** Ids filled up to `length`. */
export const padIds = (ids: Int32Array, length: number, padding: PaddingSpec): Int32Array => {
  if (ids.length >= length) return ids;
  const out = new Int32Array(length).fill(padding.padId);
  out.set(ids, padding.direction === "left" ? length - ids.length : 0);
  return out;
};

/** An encoding and its overflowing windows filled up to `length`. */
export const padEncoding = (encoding: Encoding, length: number, padding: PaddingSpec): Encoding => {
  const overflowing = encoding.overflowing.map((window) => padEncoding(window, length, padding));
  const missing = length - encoding.ids.length;
  if (missing <= 0) return { ...encoding, overflowing };
  const pads = Array.from({ length: missing }, () => [padding.padToken, padding.padId] as const);
  const filling = specialEncoding(pads, padding.padTypeId, 0);
  const bare = { ...encoding, overflowing: [] };
  const parts = padding.direction === "left" ? [filling, bare] : [bare, filling];
  return { ...joinEncodings(parts), overflowing };
};
