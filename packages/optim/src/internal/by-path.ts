import { isTensor, type Tensor, TreeError } from "@adjoint/core";
import { flatten, leafPaths, unflatten } from "@adjoint/core/tree";

/** A function of each parameter and its path. */
export type ByParameter<L> = (parameter: Tensor, path: string) => L;

const parentOf = (path: string): string =>
  path.slice(0, Math.max(path.lastIndexOf("."), path.lastIndexOf("["), 0));

/** What a table has for a path, or for the nearest one above it. */
const nearest = (table: ReadonlyMap<string, unknown>, path: string): unknown => {
  for (let at = path; ; at = parentOf(at)) if (table.has(at) || at === "") return table.get(at);
};

const tableOf = (tree: unknown): ReadonlyMap<string, unknown> => {
  const { leaves, structure } = flatten(tree);
  const names = leafPaths(structure);
  return new Map(leaves.map((leaf: unknown, i) => [names[i] ?? "", leaf]));
};

/**
 * A value for each parameter, in the order of the leaves: what the function `choice` gives, or what the tree `choice` has
 * at its path or above it. Parameters that are absent (null) need none. Throws TreeError naming one without a value.
 */
export const valuesFor = <L>(
  operation: string,
  choice: unknown,
  params: unknown,
  isValue: (value: unknown) => value is L,
): readonly L[] => {
  const { leaves, structure } = flatten(params);
  const names = leafPaths(structure);
  const table = typeof choice === "function" ? undefined : tableOf(choice);
  return leaves.map((p: unknown, i) => {
    const path = names[i] ?? "";
    const value: unknown =
      typeof choice === "function" ? isTensor(p) && choice(p, path) : table && nearest(table, path);
    if (isValue(value)) return value;
    throw new TreeError({
      operation,
      rule: "every parameter finds a value at its path or above it",
      got: `${String(value)} for ${path === "" ? "the root" : path}`,
    });
  });
};

/** The same as a tree like the parameters. */
export const treeFor = <L>(
  operation: string,
  choice: unknown,
  params: unknown,
  isValue: (value: unknown) => value is L,
): unknown => unflatten(flatten(params).structure, valuesFor(operation, choice, params, isValue));
