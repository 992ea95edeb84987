import { AdjointError } from "@adjoint/core";

/** Bytes that are no GGUF file, or one that holds what cannot be read; says at which byte. */
export class GgufError extends AdjointError {
  override readonly name = "GgufError";
}

/** Builds a GgufError. */
export const invalid = (rule: string, got: string, fix?: string): GgufError =>
  new GgufError({ operation: "gguf", rule, got, ...(fix === undefined ? {} : { fix }) });
