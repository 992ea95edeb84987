import * as entry from "@adjoint/recipes";

/** Uses the installed package a little; ends with its name. */
export const smoke = async (): Promise<string> =>
  typeof entry === "object" ? "recipes works" : "recipes is empty";
