import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The path of a file inside an installed package. */
export const fileOf = (path: string): string => require.resolve(path);

/** The text of a file inside an installed package. */
export const textOf = (path: string): string => readFileSync(fileOf(path), "utf8");

/** The default export of an installed package, loaded when it is asked for: some unpack megabytes as they load. */
export const defaultOf = (name: string): unknown =>
  (require(name) as { readonly default: unknown }).default;
