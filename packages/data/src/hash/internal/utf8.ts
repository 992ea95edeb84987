const encoder = new TextEncoder();

let buffer = new Uint8Array(4096);

/** Bytes of a text: valid until the next call. */
export type Encoded = { readonly bytes: Uint8Array; readonly length: number };

const encodeAscii = (text: string): number => {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return -1;
    buffer[i] = unit;
  }
  return text.length;
};

/** UTF-8 of `text` in a buffer that is used again; a lone surrogate becomes U+FFFD, as everywhere on the web. */
export const encodeUtf8 = (text: string): Encoded => {
  // Short ones are the shingles: a call into the encoder costs more than they do.
  const short = text.length <= 64 ? encodeAscii(text) : -1;
  if (short >= 0) return { bytes: buffer, length: short };
  // A document of many megabytes must not keep its buffer for ever.
  if (text.length * 3 > 1 << 20) {
    const bytes = encoder.encode(text);
    return { bytes, length: bytes.length };
  }
  if (text.length * 3 > buffer.length) buffer = new Uint8Array(text.length * 6);
  return { bytes: buffer, length: encoder.encodeInto(text, buffer).written };
};
