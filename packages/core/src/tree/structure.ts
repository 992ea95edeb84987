import { TreeError } from "../errors.ts";

/** The shape of a tree without its leaves: how arrays and objects nest. */
export type Structure =
  | { readonly kind: "leaf" }
  | { readonly kind: "none"; readonly value: null | undefined }
  | { readonly kind: "list"; readonly children: readonly Structure[] }
  | {
      readonly kind: "record";
      readonly keys: readonly string[];
      readonly children: readonly Structure[];
    };

/** A tree taken apart. */
export type Flat = { readonly leaves: readonly unknown[]; readonly structure: Structure };

const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

const take = (value: unknown, leaves: unknown[]): Structure => {
  if (value === null || value === undefined) return { kind: "none", value };
  if (isList(value)) return { kind: "list", children: value.map((child) => take(child, leaves)) };
  if (!isPlainObject(value)) {
    leaves.push(value);
    return { kind: "leaf" };
  }
  const keys = Object.keys(value).sort();
  return { kind: "record", keys, children: keys.map((key) => take(value[key], leaves)) };
};

/**
 * Takes a tree apart into its leaves and its structure. Arrays and plain objects are nodes (keys in sorted order),
 * null and undefined are empty nodes, everything else is a leaf.
 */
export const flatten = (tree: unknown): Flat => {
  const leaves: unknown[] = [];
  const structure = take(tree, leaves);
  return { leaves, structure };
};

const put = (structure: Structure, leaves: Iterator<unknown>): unknown => {
  switch (structure.kind) {
    case "none":
      return structure.value;
    case "leaf": {
      const next = leaves.next();
      if (next.done === true)
        throw new TreeError({
          operation: "unflatten",
          rule: "needs one leaf per place",
          fix: "pass leafCount(structure) leaves",
        });
      return next.value;
    }
    case "list":
      return structure.children.map((child) => put(child, leaves));
    default:
      // fromEntries defines own properties, so a key such as "__proto__" stays a key
      return Object.fromEntries(
        structure.children.map((child, i) => [structure.keys[i] ?? "", put(child, leaves)]),
      );
  }
};

/** Puts a tree together from a structure and leaves in the order `flatten` gives them. */
export const unflatten = (structure: Structure, leaves: Iterable<unknown>): unknown => {
  const iterator = leaves[Symbol.iterator]();
  const tree = put(structure, iterator);
  if (iterator.next().done !== true)
    throw new TreeError({
      operation: "unflatten",
      rule: "needs one leaf per place",
      got: "more leaves than places",
    });
  return tree;
};

/** Number of leaves of a structure. */
export const leafCount = (structure: Structure): number =>
  structure.kind === "leaf"
    ? 1
    : structure.kind === "none"
      ? 0
      : structure.children.reduce((n, child) => n + leafCount(child), 0);

/** Text of a structure with `*` for leaves, such as `{b: [*, *], w: *}`; equal exactly for equal structures. */
export const formatStructure = (structure: Structure): string => {
  switch (structure.kind) {
    case "leaf":
      return "*";
    case "none":
      return String(structure.value);
    case "list":
      return `[${structure.children.map(formatStructure).join(", ")}]`;
    default:
      return `{${structure.children.map((child, i) => `${JSON.stringify(structure.keys[i])}: ${formatStructure(child)}`).join(", ")}}`;
  }
};

const sameChildren = (a: readonly Structure[], b: readonly Structure[]): boolean =>
  a.length === b.length && a.every((child, i) => isSame(child, b[i]));

const isSame = (a: Structure, b: Structure | undefined): boolean => {
  if (a === b) return true;
  if (a.kind === "none") return b?.kind === "none" && a.value === b.value;
  if (a.kind === "list") return b?.kind === "list" && sameChildren(a.children, b.children);
  if (a.kind === "leaf") return b?.kind === "leaf";
  const isKeyed = b?.kind === "record" && a.keys.length === b.keys.length;
  return (
    isKeyed && a.keys.every((key, i) => key === b.keys[i]) && sameChildren(a.children, b.children)
  );
};

/** Whether two structures are the same. */
export const sameStructure = (a: Structure, b: Structure): boolean => isSame(a, b);

const step = (path: string, structure: Structure, i: number): string =>
  structure.kind === "record"
    ? /^[A-Za-z_$][\w$]*$/.test(structure.keys[i] ?? "")
      ? path === ""
        ? (structure.keys[i] ?? "")
        : `${path}.${structure.keys[i]}`
      : `${path}[${JSON.stringify(structure.keys[i])}]`
    : `${path}[${i}]`;

/** Path of every leaf, such as `blocks[0].attention.w`, in `flatten` order; a bare leaf has the path "". */
export const leafPaths = (structure: Structure, path = ""): readonly string[] => {
  if (structure.kind === "leaf") return [path];
  if (structure.kind === "none") return [];
  return structure.children.flatMap((child, i) => leafPaths(child, step(path, structure, i)));
};

const kindName = (s: Structure): string =>
  s.kind === "record"
    ? `an object with keys ${s.keys.join(", ") || "(none)"}`
    : s.kind === "list"
      ? `an array of ${s.children.length}`
      : s.kind === "leaf"
        ? "a leaf"
        : String(s.value);

/** Where two structures first differ, as an error; undefined when they do not. */
export const structureMismatch = (
  operation: string,
  expected: Structure,
  got: Structure,
  path = "",
): TreeError | undefined => {
  const differs =
    expected.kind !== got.kind ||
    (expected.kind === "list" &&
      got.kind === "list" &&
      expected.children.length !== got.children.length) ||
    (expected.kind === "record" &&
      got.kind === "record" &&
      expected.keys.join("\0") !== got.keys.join("\0"));
  if (differs)
    return new TreeError({
      operation,
      rule: `trees must have the same structure; at ${path === "" ? "the root" : path} expected ${kindName(expected)}`,
      got: kindName(got),
    });
  if (
    expected.kind === "leaf" ||
    expected.kind === "none" ||
    got.kind === "leaf" ||
    got.kind === "none"
  )
    return undefined;
  for (const [i, child] of expected.children.entries()) {
    const other = got.children[i];
    const error = other && structureMismatch(operation, child, other, step(path, expected, i));
    if (error) return error;
  }
  return undefined;
};
