/** A leaf and where it goes: numbers are places in lists, strings names in records. */
export type Placed = { readonly path: readonly (string | number)[]; readonly value: unknown };

/** The tree of leaves by their paths. */
export const treeOf = (leaves: readonly Placed[], depth = 0): unknown => {
  const [first] = leaves;
  if (first !== undefined && first.path.length === depth) return first.value;
  const groups = new Map<string | number, Placed[]>();
  for (const leaf of leaves) {
    const part = leaf.path[depth] ?? "";
    const group = groups.get(part);
    if (group === undefined) groups.set(part, [leaf]);
    else group.push(leaf);
  }
  const entries = [...groups].map(([part, own]): [string | number, unknown] => [
    part,
    treeOf(own, depth + 1),
  ]);
  const isList = entries.every(([part]) => typeof part === "number");
  return isList ? entries.map(([, value]) => value) : Object.fromEntries(entries);
};

/** What lies at a path of a tree; undefined where it ends before. */
export const leafAt = (tree: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (node, part) =>
      typeof node === "object" && node !== null && Object.hasOwn(node, part)
        ? Reflect.get(node, part)
        : undefined,
    tree,
  );
