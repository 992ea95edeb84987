import { joinEncodings } from "../encode/join-encodings.ts";
import { specialEncoding } from "../encode/special-encoding.ts";
import type { Encoding } from "../encoding.ts";
import type { Layout } from "./layout.ts";

/** The ids of one or two texts with special tokens around. */
export const layOutIds = (layout: Layout, texts: readonly Int32Array[]): Int32Array => {
  if (layout.length === 1 && texts[0] !== undefined) return texts[0];
  const parts = layout.map((part) =>
    "tokens" in part ? part.tokens.map(([, id]) => id) : (texts[part.sequence] ?? []),
  );
  const out = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

const typed = (encoding: Encoding, typeId: number | undefined): Encoding =>
  typeId === undefined
    ? encoding
    : {
        ...encoding,
        typeIds: new Int32Array(encoding.ids.length).fill(typeId),
        overflowing: encoding.overflowing.map((window) => typed(window, typeId)),
      };

/** The encodings of one or two texts with special tokens around. */
export const layOutEncodings = (layout: Layout, texts: readonly Encoding[]): Encoding => {
  const parts = layout.flatMap((part) => {
    if ("tokens" in part) return [specialEncoding(part.tokens, part.typeId, 1)];
    const text = texts[part.sequence];
    return text === undefined ? [] : [typed(text, part.typeId)];
  });
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : joinEncodings(parts);
};
