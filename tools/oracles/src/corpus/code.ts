import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileOf } from "../require.ts";

/** Code and its documentation: the declarations of @types/node (MIT), 2.6 MB. */
export const code = (): string => {
  const folder = dirname(fileOf("@types/node/package.json"));
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".d.ts"))
    .toSorted()
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
};
