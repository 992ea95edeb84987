import type { DecodeOptions, DecodeStream } from "../text-tokenizer.ts";
import { decodeIds, type DecodingParts } from "./decode.ts";

export const decodeStream = (parts: DecodingParts, options: DecodeOptions): DecodeStream => {
  const ids: number[] = [];
  let done = "";
  return {
    push: (...more) => {
      for (const id of more) ids.push(id);
      const text = decodeIds(parts, ids, options);
      if (text.endsWith("\uFFFD") || !text.startsWith(done)) return "";
      const fresh = text.slice(done.length);
      done = text;
      return fresh;
    },
    end: () => decodeIds(parts, ids, options).slice(done.length),
  };
};
