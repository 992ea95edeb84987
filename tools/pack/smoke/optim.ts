import * as entry from "@adjoint/optim";

/** Uses the installed package a little; ends with its name. */
export const smoke = async (): Promise<string> =>
  typeof entry === "object" ? "optim works" : "optim is empty";
