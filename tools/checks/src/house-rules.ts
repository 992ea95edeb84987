// Rules of this repository that no linter knows: import direction, no barrel imports, doc comments.
import { globSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { checkDocComments } from "./doc-comments.ts";
import { checkImports } from "./import-direction.ts";
import { parse, type Problem } from "./source-file.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const packages = join(repository, "packages");

const checkSources = (owner: string): Problem[] => {
  const root = join(packages, owner, "src");
  return globSync("**/*.ts", { cwd: root })
    .sort()
    .flatMap((name) => checkImports(owner, root, parse(join(root, name))));
};

/** The source files behind a package's exports. */
const entriesOf = (owner: string): string[] => {
  const manifest = readFileSync(join(packages, owner, "package.json"), "utf8");
  const sources = manifest.matchAll(/"@adjoint\/source": "([^"]+)"/g);
  return [...sources].flatMap(([, file]) =>
    file === undefined ? [] : [join(packages, owner, file)],
  );
};

const owners = readdirSync(packages);
const problems = [...owners.flatMap(checkSources), ...checkDocComments(owners.flatMap(entriesOf))];
for (const { file, line, message } of problems) {
  console.error(`${relative(repository, file)}:${line}: ${message}`);
}
console.log(`house rules: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
