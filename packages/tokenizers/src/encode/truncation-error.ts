import { AdjointError } from "@adjoint/core";

/** A text cannot be cut to the length that was asked for. */
export class TruncationError extends AdjointError {
  override readonly name = "TruncationError";
}
