import { expect, test } from "vitest";
import ts from "typescript";
import { checkImports } from "../src/import-direction.ts";

const check = (owner: string, code: string) =>
  checkImports(
    owner,
    "/r/src",
    ts.createSourceFile("/r/src/ops/add.ts", code, ts.ScriptTarget.Latest, true),
  ).map(({ message }) => message);

test("imports go down the layers only", () => {
  expect(check("recipes", 'import { adamw } from "@adjoint/optim";')).toEqual([]);
  expect(check("core", 'import { linear } from "@adjoint/nn";')).toEqual([
    "@adjoint/core must not import @adjoint/nn; it may import no other package",
  ]);
  expect(check("nn", 'export type { A } from "@adjoint/optim/x";')).toHaveLength(1);
  expect(check("nn", 'const x = await import("@adjoint/recipes");')).toHaveLength(1);
  expect(check("nn", 'type X = import("@adjoint/backend-onnx").Y;')).toHaveLength(1);
});

test("a package imports itself by file, and never through its barrel", () => {
  expect(check("nn", 'import { a } from "./b.ts";')).toEqual([]);
  expect(check("nn", 'import { a } from "@adjoint/nn";')).toHaveLength(1);
  expect(check("nn", 'import { a } from "../index.ts";')).toHaveLength(1);
  expect(check("nn", 'import { a } from "./b.js";')).toHaveLength(1);
  expect(check("nn", 'import { a } from "../../../core/src/x.ts";')).toHaveLength(1);
});

test("a package without a row is a problem", () => {
  expect(check("new", 'import "@adjoint/core";')).toEqual([
    "package new has no row in tools/checks/src/layers.ts; add one",
  ]);
});
