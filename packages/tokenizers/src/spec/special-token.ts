import type { AddedToken } from "./added-token.ts";

/** An added token that is looked for in the text as it came, and that decoding can skip. */
export const specialToken = (content: string, id: number): AddedToken => ({
  id,
  content,
  singleWord: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});
