import { AdjointError } from "@adjoint/core";

/** A checkpoint cannot be written, read, or does not belong to the state it is loaded into. */
export class CheckpointError extends AdjointError {
  override readonly name = "CheckpointError";
}
