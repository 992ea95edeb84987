import { AdjointError } from "@adjoint/core";

/**
 * The engine ran out of room while it matched a regular expression, which takes a run of several million characters that
 * the expression could end anywhere in. Well-known patterns go without regular expressions, and have no such limit.
 */
export class MatchError extends AdjointError {
  override readonly name = "MatchError";
  /** Where the run begins in the text that was looked at, in UTF-16 units. */
  readonly position: number;

  constructor(pattern: RegExp, position: number, length: number, cause: unknown) {
    super(
      {
        operation: "match regular expression",
        rule: "runs of characters must fit into the engine's memory for going back",
        got: `${length} UTF-16 units, of which those from ${position} on do not, with ${String(pattern).slice(0, 200)}`,
        fix: "cut the text into parts first",
      },
      { cause },
    );
    this.position = position;
  }
}
