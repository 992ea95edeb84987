import { AdjointError } from "@adjoint/core";

/** A regular expression of a tokenizer cannot be converted or could take exponential time; says where. */
export class RegexError extends AdjointError {
  override readonly name = "RegexError";
  /** The pattern as it came. */
  readonly pattern: string;
  /** Place of the trouble in the pattern, in UTF-16 units. */
  readonly position: number;

  constructor(pattern: string, position: number, rule: string) {
    super({
      operation: "compile regular expression",
      rule,
      got: `${JSON.stringify(pattern)} at position ${position}`,
    });
    this.pattern = pattern;
    this.position = position;
  }
}
