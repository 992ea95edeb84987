import type { AddedToken } from "@adjoint/tokenizers";

/** A special token as the original tokenizers have it: looked for in the text as it came. */
export const special = (content: string, id: number): AddedToken => ({
  id,
  content,
  singleWord: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});
