import * as entry from "@adjoint/tokenizers";

/** Uses the installed package a little; ends with its name. */
export const smoke = async (): Promise<string> =>
  typeof entry === "object" ? "tokenizers works" : "tokenizers is empty";
