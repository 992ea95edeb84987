import { ArgumentError } from "../errors.ts";

/** Something a scope can free. */
export type Owned = { dispose(): void };

const scopes: Set<Owned>[] = [];

/** Notes a new tensor in the innermost scope. */
export const track = (tensor: Owned): void => {
  scopes.at(-1)?.add(tensor);
};

/** Forgets a tensor, so that no scope frees it twice. */
export const untrack = (tensor: Owned): void => {
  for (const scope of scopes) scope.delete(tensor);
};

/**
 * Runs `fn`, then frees the tensors made in it that `keep` does not name in its result;
 * the kept ones pass to the scope around.
 */
export const runScope = <R>(fn: () => R, keep: (result: R) => Iterable<Owned>): R => {
  const scope = new Set<Owned>();
  scopes.push(scope);
  let kept: Iterable<Owned> = [];
  try {
    const result = fn();
    if (result instanceof Promise)
      throw new ArgumentError({
        operation: "scope",
        rule: "needs a function that returns at once",
        got: "a promise",
        fix: "await first, and put what computes in the scope",
      });
    kept = keep(result);
    return result;
  } finally {
    scopes.pop();
    for (const tensor of kept) if (scope.delete(tensor)) track(tensor);
    for (const tensor of scope) tensor.dispose();
  }
};
