import * as entry from "@adjoint/core";

/** Uses the installed package a little; ends with its name. */
export const smoke = async (): Promise<string> =>
  typeof entry === "object" ? "core works" : "core is empty";
