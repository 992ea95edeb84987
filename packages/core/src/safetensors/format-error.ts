import { AdjointError } from "../errors.ts";

/** Bytes that are not a valid safetensors file, with the place where they stop being one. */
export class SafetensorsError extends AdjointError {
  override readonly name = "SafetensorsError";
}

/** Builds a SafetensorsError. */
export const invalid = (rule: string, got: string, fix?: string): SafetensorsError =>
  new SafetensorsError({
    operation: "safetensors",
    rule,
    got,
    ...(fix === undefined ? {} : { fix }),
  });
