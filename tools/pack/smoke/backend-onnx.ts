import * as entry from "@adjoint/backend-onnx";

/** Uses the installed package a little; ends with its name. */
export const smoke = async (): Promise<string> =>
  typeof entry === "object" ? "backend-onnx works" : "backend-onnx is empty";
