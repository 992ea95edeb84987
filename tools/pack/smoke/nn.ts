import * as entry from "@adjoint/nn";

/** Uses the installed package a little; ends with its name. */
export const smoke = async (): Promise<string> =>
  typeof entry === "object" ? "nn works" : "nn is empty";
