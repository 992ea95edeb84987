import { AdjointError } from "@adjoint/core";

/** A configuration or a checkpoint is not what a model needs; `problems` lists everything that is wrong. */
export class PretrainedError extends AdjointError {
  override readonly name = "PretrainedError";
  /** One line for each thing that is wrong, beginning with the name of the field or tensor. */
  readonly problems: readonly string[];

  constructor(
    operation: string,
    rule: string,
    problems: readonly string[],
    { fix, cause }: { readonly fix?: string; readonly cause?: unknown } = {},
  ) {
    const shown = problems.slice(0, 10);
    const rest = problems.length - shown.length;
    const got = [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
    super({ operation, rule, got, ...(fix === undefined ? {} : { fix }) }, { cause });
    this.problems = problems;
  }
}
