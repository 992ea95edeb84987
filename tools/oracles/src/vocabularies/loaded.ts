import type { Either } from "@adjoint/tokenizers";

/** What loaded; throws what did not. */
export const loaded = <A>(result: Either<Error, A>): A => {
  if (result._tag === "Left") throw result.left;
  return result.right;
};
