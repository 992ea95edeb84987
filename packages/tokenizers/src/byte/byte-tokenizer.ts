import { UnknownTokenError } from "../errors.ts";
import type { Tokenizer } from "../tokenizer.ts";

const vocabSize = 256;

const bytesOf = (ids: Iterable<number>): Uint8Array => {
  const list = Array.from(ids);
  const position = list.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (position >= 0) throw new UnknownTokenError(list[position] ?? 0, position, vocabSize);
  return Uint8Array.from(list);
};

/**
 * The tokenizer whose ids are the UTF-8 bytes of a text. Lone surrogates are U+FFFD, and so are bytes that are no
 * character when they are decoded; ids from 256 on throw UnknownTokenError.
 *
 * ```ts doctest
 * import { byteTokenizer } from "@adjoint/tokenizers";
 * Array.from(byteTokenizer.encode("é!")); // => [195, 169, 33]
 * byteTokenizer.decode([195, 169, 33]); // => "é!"
 * ```
 */
export const byteTokenizer: Tokenizer = Object.freeze({
  vocabSize,
  encode: (text: string) => Int32Array.from(new TextEncoder().encode(text)),
  decode: (ids: Iterable<number>) =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOf(ids)),
});
