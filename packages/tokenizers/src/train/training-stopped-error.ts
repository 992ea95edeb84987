import { AdjointError } from "@adjoint/core";

/** A training was stopped by its signal; `cause` is the signal's reason. */
export class TrainingStoppedError extends AdjointError {
  override readonly name = "TrainingStoppedError";
}
