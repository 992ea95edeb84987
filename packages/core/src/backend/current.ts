import type { Backend } from "./backend.ts";
import { referenceBackend } from "./reference.ts";

let current: Backend = referenceBackend;

/** The backend that new tensors and operations use; the reference backend until `setBackend`. */
export const getBackend = (): Backend => current;

/**
 * Chooses the backend for everything that follows.
 *
 * ```ts doctest
 * import { getBackend, referenceBackend, setBackend } from "@adjoint/core";
 * setBackend(referenceBackend);
 * getBackend().name; // => "reference"
 * ```
 */
export const setBackend = (backend: Backend): void => {
  current = backend;
};

/** Runs `fn` with `backend` chosen, then goes back to the one before. */
export const withBackend = <R>(backend: Backend, fn: () => R): R => {
  const before = current;
  current = backend;
  try {
    return fn();
  } finally {
    current = before;
  }
};
