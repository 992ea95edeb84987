import * as entry from "@adjoint/data";

/** Uses the installed package a little; ends with its name. */
export const smoke = async (): Promise<string> =>
  typeof entry === "object" ? "data works" : "data is empty";
