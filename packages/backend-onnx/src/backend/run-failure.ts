import { BackendError } from "@adjoint/core/backend";

/** The error for a run of a program that failed; one that an earlier program has caused is passed on as it is. */
export const runFailure = (program: string | undefined, cause: unknown): BackendError => {
  if (cause instanceof BackendError) return cause;
  const got = cause instanceof Error ? cause.message : String(cause);
  return new BackendError(
    {
      operation: program === undefined || program === "" ? "run" : `run of ${program}`,
      rule: "a program must run to its end",
      got,
    },
    { cause },
  );
};
