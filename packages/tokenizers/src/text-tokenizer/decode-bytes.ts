import { byteLevelBytes } from "../decoders/byte-level.ts";
import { type DecodingParts, tokenForDecoder } from "./decode.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const nothing = new Uint8Array(0);

/** Decodes ids whose decoder is ByteLevel alone. The bytes of each token are worked out once. */
export const byteLevelDecoding = (
  parts: DecodingParts,
): ((ids: Iterable<number>, skipSpecialTokens: boolean) => string) => {
  const known: (Uint8Array | undefined)[] = [];
  const bytesOf = (id: number, position: number): Uint8Array => {
    const bytes = byteLevelBytes(tokenForDecoder(parts, id, position, false) ?? "");
    known[id] = bytes;
    return bytes;
  };
  const isSpecial = (id: number): boolean => parts.special.has(parts.vocabulary.textOf(id) ?? "");
  return (ids, skipSpecialTokens) => {
    let out = new Uint8Array(256);
    let length = 0;
    let position = 0;
    for (const id of ids) {
      const found = known[id] ?? bytesOf(id, position);
      const bytes = skipSpecialTokens && isSpecial(id) ? nothing : found;
      if (length + bytes.length > out.length) out = grown(out, length + bytes.length);
      for (let at = 0; at < bytes.length; at++) out[length + at] = bytes[at] ?? 0;
      length += bytes.length;
      position++;
    }
    return decoder.decode(out.subarray(0, length));
  };
};

const grown = (bytes: Uint8Array, least: number): Uint8Array<ArrayBuffer> => {
  const more = new Uint8Array(Math.max(least, 2 * bytes.length));
  more.set(bytes);
  return more;
};
