import { join, relative } from "node:path";
import type ts from "typescript";
import { layers } from "./layers.ts";
import { importsOf, type Problem, problemAt } from "./source-file.ts";

const packageOf = (specifier: string): string | undefined =>
  /^@adjoint\/([^/]+)/.exec(specifier)?.[1];

const checkPackageImport = (owner: string, imported: string): string | undefined => {
  const allowed = layers[owner];
  if (allowed === undefined) {
    return `package ${owner} has no row in tools/checks/src/layers.ts; add one`;
  }
  if (imported === owner) {
    return "a source must not import its own package by name; import the file";
  }
  if (!allowed.includes(imported)) {
    return `@adjoint/${owner} must not import @adjoint/${imported}; it may import ${allowed.join(", ") || "no other package"}`;
  }
  return undefined;
};

const checkRelativeImport = (root: string, file: string, specifier: string): string | undefined => {
  const target = relative(root, join(file, "..", specifier));
  if (target.startsWith("..")) return `${specifier} leaves the package; import the package by name`;
  if (!specifier.endsWith(".ts")) return `${specifier} must end in .ts`;
  if (target === "index.ts")
    return "a source must not import its package's barrel; import the file";
  return undefined;
};

/** Imports of a package source go down the layers, by file inside the package, by name outside. */
export const checkImports = (owner: string, root: string, source: ts.SourceFile): Problem[] =>
  importsOf(source).flatMap((node) => {
    const imported = packageOf(node.text);
    const message = node.text.startsWith(".")
      ? checkRelativeImport(root, source.fileName, node.text)
      : imported === undefined
        ? undefined
        : checkPackageImport(owner, imported);
    return message === undefined ? [] : [problemAt(source, node, message)];
  });
