import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The path of a file inside an installed package. */
export const fileOf = (path: string): string => require.resolve(path);

/** The text of a file inside an installed package. */
export const textOf = (path: string): string => readFileSync(fileOf(path), "utf8");
