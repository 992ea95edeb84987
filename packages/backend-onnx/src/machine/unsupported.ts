/** A program holds something that generated kernels do not compute; another engine has to run it. */
export class UnsupportedError extends Error {
  override readonly name = "UnsupportedError";
}

/** Throws UnsupportedError. */
export const unsupported = (what: string): never => {
  throw new UnsupportedError(what);
};
