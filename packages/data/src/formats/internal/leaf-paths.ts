import type { SchemaElement } from "hyparquet";

/** Real schemas have ten levels or so; a path is as long as it is deep, and so are the values at its end. */
const deepest = 100;

/** A column with columns in it, and how many of them, and which, are still to come. */
type Parent = { readonly path: readonly string[]; readonly names: Set<string>; left: number };

/**
 * The paths of the columns that hold values: the schema is a tree in one list, parents before children. Fails when it is no such tree, is
 * too deep, or names two columns alike.
 */
export const leafPaths = ([root, ...elements]: readonly SchemaElement[]): (readonly string[])[] => {
  const paths: (readonly string[])[] = [];
  const open: Parent[] = [{ path: [], names: new Set(), left: root?.num_children ?? 0 }];
  for (const { name, num_children: children = 0 } of elements) {
    const parent = open.at(-1);
    if (parent === undefined) throw new Error("the schema has too many elements");
    if (open.length > deepest) throw new Error(`the schema is more than ${deepest} levels deep`);
    if (parent.names.has(name)) throw new Error("two columns have the same name");
    const path = [...parent.path, name];
    parent.names.add(name);
    parent.left--;
    if (children > 0) open.push({ path, names: new Set(), left: children });
    else paths.push(path);
    while (open.at(-1)?.left === 0) open.pop();
  }
  if (open.length > 0) throw new Error("the schema has too few elements");
  return paths;
};
