/**
 * The code of an error of the system, such as "ENOENT" where there is no file; undefined for other errors.
 *
 * ```ts doctest
 * import { readFile } from "node:fs/promises";
 * import { errorCode } from "@adjoint/core/node";
 * await readFile("no such file").catch(errorCode); // => "ENOENT"
 * errorCode(new Error("no file")); // => undefined
 * ```
 */
export const errorCode = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;
