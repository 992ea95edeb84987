import * as entry from "@adjoint/models";

/** Uses the installed package a little; ends with its name. */
export const smoke = async (): Promise<string> =>
  typeof entry === "object" ? "models works" : "models is empty";
