import { AdjointError } from "@adjoint/core";

/** A batch has no token to learn: its loss would be 0 / 0, or silently nothing. */
export class NoTrainedTokensError extends AdjointError {
  override readonly name = "NoTrainedTokensError";
}
