import type { Encoding } from "../encoding.ts";
import type { TokenAndId } from "../spec/post-processor-spec.ts";

/** Tokens that come from no text, all of one type. */
export const specialEncoding = (
  tokens: readonly TokenAndId[],
  typeId: number,
  attention: 0 | 1,
): Encoding => ({
  ids: Int32Array.from(tokens, ([, id]) => id),
  typeIds: new Int32Array(tokens.length).fill(typeId),
  tokens: tokens.map(([token]) => token),
  offsets: new Int32Array(2 * tokens.length),
  wordIds: new Int32Array(tokens.length).fill(-1),
  sequenceIds: new Int32Array(tokens.length).fill(-1),
  attentionMask: new Uint8Array(tokens.length).fill(attention),
  specialTokensMask: new Uint8Array(tokens.length).fill(1),
  overflowing: [],
});
