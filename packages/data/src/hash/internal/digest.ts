import { sha1 } from "./sha1.ts";
import { encodeUtf8 } from "./utf8.ts";

/** The five words of the SHA-1 of a text's UTF-8: read them before the next call. */
export const digest = (text: string): Int32Array => {
  const { bytes, length } = encodeUtf8(text);
  return sha1(bytes, length);
};
