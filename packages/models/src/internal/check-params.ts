import { DTypeError, isFloat, isTensor, ShapeError, TreeError } from "@adjoint/core";
import { sameShape } from "@adjoint/core/backend";
import { paramShape, type WeightRule } from "../pretrained/weight-rule.ts";
import { spelled } from "./spelled.ts";
import { leafAt, type Placed } from "./tree-of.ts";

type Path = WeightRule["path"];

/** What parameters must be: a tensor of a shape at each path, and records without any at others. */
export type ParamsShape = {
  readonly rules: readonly Pick<WeightRule, "path" | "shape" | "member">[];
  readonly empty?: readonly Path[];
};

type Named = (path: Path) => string;

const fix = "give the configuration that the parameters were made with";

/** Everything in a tree that is no record and no list, with its path. */
const leavesOf = (value: unknown, path: Path = []): readonly Placed[] => {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object" || isTensor(value) || ArrayBuffer.isView(value))
    return [{ path, value }];
  if (Array.isArray(value)) return value.flatMap((part, i) => leavesOf(part, [...path, i]));
  return Object.entries(value).flatMap(([name, part]) => leavesOf(part, [...path, name]));
};

const described = (value: unknown): string =>
  isTensor(value) ? `a tensor [${value.shape.join()}]` : `a ${typeof value}`;

/** The start of a path that leads to nothing. */
const absentAt = (tree: unknown, path: Path): Path => {
  const end = path.findIndex(
    (_, i) => (leafAt(tree, path.slice(0, i + 1)) ?? undefined) === undefined,
  );
  return end < 0 ? path : path.slice(0, end + 1);
};

const shapesOf = ({ rules }: ParamsShape, named: Named): ReadonlyMap<string, readonly number[]> =>
  new Map(rules.map((rule) => [named(rule.path), paramShape(rule)]));

const checkLeaf = (
  operation: string,
  name: string,
  shape: readonly number[],
  value: unknown,
): void => {
  const fits = isTensor(value) && sameShape(value.shape, shape);
  if (fits && isFloat(value.dtype)) return;
  if (fits)
    throw new DTypeError({
      operation,
      rule: `needs floating-point numbers at ${name}`,
      got: value.dtype,
      fix: 'cast them, as by loadParams with its option dtype: "float32"',
    });
  const complaint = {
    operation,
    rule: `needs a tensor [${shape.join()}] at ${name}`,
    got: described(value),
    fix,
  };
  throw isTensor(value) ? new ShapeError(complaint) : new TreeError(complaint);
};

const check = (operation: string, params: object, expected: ParamsShape, named: Named): void => {
  const shapes = shapesOf(expected, named);
  const leaves = new Map(leavesOf(params).map(({ path, value }) => [named(path), value]));
  for (const [name, shape] of shapes) {
    const value = leaves.get(name);
    if (value === undefined) {
      const { path = [] } = expected.rules.find((rule) => named(rule.path) === name) ?? {};
      throw new TreeError({
        operation,
        rule: `needs a tensor [${shape.join()}] at ${name}`,
        got: `nothing at ${named(absentAt(params, path))}`,
        fix,
      });
    }
    checkLeaf(operation, name, shape, value);
  }
  for (const [name, value] of leaves)
    if (!shapes.has(name))
      throw new TreeError({
        operation,
        rule: `has no parameter ${name} in this configuration`,
        got: described(value),
        fix,
      });
  for (const path of expected.empty ?? [])
    if (typeof (leafAt(params, path) ?? undefined) !== "object")
      throw new TreeError({
        operation,
        rule: `needs an empty record at ${named(path)}`,
        got: "nothing",
        fix,
      });
};

/**
 * A check that remembers what it has seen to fit: it costs a look-up from the second call with the same objects on, and does not see
 * what is written into them after the first.
 */
export type ParamsCheck<P, C> = (params: P, config: C) => void;

/**
 * That parameters, called `root`, are those of a configuration; errors are named after `operation`: TreeError with the path of what is missing, too much or no
 * tensor, ShapeError with that of a tensor of another shape, DTypeError with that of one that is not floating-point.
 */
export const paramsCheck = <P extends object, C extends object>(
  operation: string,
  checkConfig: (operation: string, config: C) => void,
  shapeOf: (config: C, params: P) => ParamsShape,
  root = "params",
): ParamsCheck<P, C> => {
  const fitting = new WeakMap<object, WeakSet<object>>();
  return (params, config) => {
    if (fitting.get(config)?.has(params) === true) return;
    checkConfig(operation, config);
    if (typeof params !== "object" || params === null)
      throw new TreeError({ operation, rule: `needs ${root}`, got: described(params), fix });
    check(operation, params, shapeOf(config, params), (path) => spelled([root, ...path]));
    const known = fitting.get(config) ?? new WeakSet<object>();
    fitting.set(config, known.add(params));
  };
};
