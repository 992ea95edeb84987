import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findFences } from "./fences.ts";

const patterns = ["README.md", "docs/**/*.md", "packages/*/README.md", "packages/*/src/**/*.ts"];

/** Files of the repository at `root`, relative to it, that hold at least one example to run. */
export const documentedFiles = (root: string): string[] =>
  globSync(patterns, { cwd: root }).filter(
    (file) => findFences(readFileSync(join(root, file), "utf8")).length > 0,
  );
