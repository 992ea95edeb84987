import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Plugin, transformWithOxc } from "vite";
import { compileAssertions, localizeImports } from "./assertions.ts";
import { type Fence, findFences } from "./fences.ts";

const runtime = fileURLToPath(new URL("./expectations.ts", import.meta.url));

/** One test for one example, named after its line. */
const testOf = ({ code, line }: Fence): string =>
  `test("line ${line}", async () => {\n${localizeImports(compileAssertions(code))}\n});`;

const moduleOf = (fences: readonly Fence[]): string =>
  [
    `import { expect, test } from "vitest";`,
    `import { approximately, expectThrows, restoreBackend } from ${JSON.stringify(runtime)};`,
    `restoreBackend();`,
    ...fences.map(testOf),
  ].join("\n");

/** Vite plugin: loads a source or Markdown file as the tests that its examples are. */
export const doctest = (root: string, files: readonly string[]): Plugin => {
  const wanted = new Set(files.map((file) => join(root, file)));
  return {
    name: "doctest",
    enforce: "pre",
    load: (id) => {
      const [path = id] = id.split("?");
      if (!wanted.has(path)) return undefined;
      const code = moduleOf(findFences(readFileSync(path, "utf8")));
      return transformWithOxc(code, `${path}.doctest.ts`);
    },
  };
};
