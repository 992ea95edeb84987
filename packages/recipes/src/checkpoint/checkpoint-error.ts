import { AdjointError } from "@adjoint/core";

/**
 * A checkpoint cannot be written, read, or does not belong to the state it is loaded into.
 *
 * ```ts doctest
 * import { decodeCheckpoint } from "@adjoint/recipes";
 * decodeCheckpoint(new Uint8Array(3), {}); // throws CheckpointError
 * ```
 */
export class CheckpointError extends AdjointError {
  override readonly name = "CheckpointError";
}
