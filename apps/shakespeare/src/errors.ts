/** The command line is wrong; the usage text helps. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The run cannot be done as asked, in one line for the person who asked. */
export class RunError extends Error {
  override readonly name = "RunError";
}

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
