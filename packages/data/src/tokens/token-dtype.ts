import { ArgumentError } from "@adjoint/core";

/** How a token lies on disk, little-endian. Ids of uint32 go to 2^31 - 1, for they are int32 in memory. */
export type TokenDType = "uint16" | "uint32";

/** Bytes of one token. */
export const tokenBytes = (dtype: TokenDType): 2 | 4 => (dtype === "uint16" ? 2 : 4);

/** The largest id. */
export const maxToken = (dtype: TokenDType): number =>
  dtype === "uint16" ? 2 ** 16 - 1 : 2 ** 31 - 1;

const isLittleEndian = /* @__PURE__ */ new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Tokens as bytes. Throws ArgumentError with the place of an id that is negative, no whole number or too large. */
export const encodeTokens = (tokens: ArrayLike<number>, dtype: TokenDType): Uint8Array => {
  const most = maxToken(dtype);
  const words =
    dtype === "uint16" ? new Uint16Array(tokens.length) : new Uint32Array(tokens.length);
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? -1;
    if (!(token >= 0 && token <= most && Number.isInteger(token)))
      throw new ArgumentError({
        operation: "tokens",
        rule: `ids of ${dtype} must be whole numbers from 0 to ${most}`,
        got: `${tokens[i]} at place ${i}`,
        ...(dtype === "uint16" ? { fix: "store them as uint32" } : {}),
      });
    words[i] = token;
  }
  const bytes = new Uint8Array(words.buffer);
  return isLittleEndian ? bytes : swapped(bytes, tokenBytes(dtype));
};

const swapped = (bytes: Uint8Array, width: number): Uint8Array => {
  const turned = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++)
    turned[i] = bytes[i - (i % width) + (width - 1 - (i % width))] ?? 0;
  return turned;
};

/** Bytes as tokens, int32. */
export const decodeTokens = (bytes: Uint8Array, dtype: TokenDType): Int32Array => {
  const width = tokenBytes(dtype);
  const own = (isLittleEndian ? Uint8Array.from(bytes) : swapped(bytes, width)).buffer;
  return dtype === "uint16" ? Int32Array.from(new Uint16Array(own)) : new Int32Array(own);
};
