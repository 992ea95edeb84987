import type { DType, Tensor } from "@adjoint/core";
import { getBackend } from "@adjoint/core";
import { allocate, type HostArray, roundToStorage, sizeOf, tensorOf } from "@adjoint/core/backend";
import { type Either, left, right } from "@adjoint/core/either";
import { trusted } from "../internal/trusted.ts";
import { treeOf } from "../internal/tree-of.ts";
import { sliced, transposed } from "./host-arrays.ts";
import { PretrainedError } from "./pretrained-error.ts";
import { plainShape, storedShapes, type WeightRule } from "./weight-rule.ts";
import type { WeightSource } from "./weight-source.ts";

/** How a model's parameters lie in a checkpoint. */
export type WeightMap = {
  readonly rules: readonly WeightRule[];
  /** What names of the whole model begin with, and those of its body alone do not. */
  readonly prefix: string;
  /** Stored arrays that are no parameters: buffers, copies of tied weights. */
  readonly ignored: RegExp;
  /** Paths of parts without parameters, such as norms without a scale: empty records in the tree. */
  readonly empty?: readonly WeightRule["path"][];
};

/** Settings of `loadParams`. */
export type LoadParamsOptions = {
  /** Type of the parameters, whatever they are stored as; default float32. */
  readonly dtype?: DType;
  /** Called after each parameter. */
  readonly onProgress?: (done: number, total: number) => void;
};

const pathText = (path: readonly (string | number)[]): string => path.join(".");

/** Rules for the names that the checkpoint has: those of the body alone lack the prefix, those of older files are others. */
const rulesFor = (
  { rules, prefix }: WeightMap,
  { tensors }: WeightSource,
): readonly WeightRule[] => {
  const isWhole = prefix === "" || [...tensors.keys()].some((name) => name.startsWith(prefix));
  const inFile = (name: string): string =>
    !isWhole && name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return rules.map((rule) => {
    const { name, formerNames = [] } = rule;
    const names = [name, ...formerNames].map(inFile);
    return { ...rule, name: names.find((one) => tensors.has(one)) ?? inFile(name) };
  });
};

/** Everything that keeps a checkpoint from being the model's. */
const problemsOf = (
  rules: readonly WeightRule[],
  { tensors }: WeightSource,
  ignored: RegExp,
): readonly string[] => {
  const wanted = storedShapes(rules);
  const missing = [...wanted.keys()].filter((name) => !tensors.has(name));
  const unknown = [...tensors.keys()].filter((name) => !wanted.has(name) && !ignored.test(name));
  const wrong = rules.flatMap((rule) => {
    const shape = tensors.get(rule.name)?.shape;
    const needed = wanted.get(rule.name);
    return shape === undefined || shape.join() === needed?.join()
      ? []
      : [`${rule.name}: [${shape}], needs [${needed}] for ${pathText(rule.path)}`];
  });
  return [
    ...missing.map((name) => `${name}: missing`),
    ...wrong,
    ...unknown.map((name) => `${name}: unknown to the model`),
  ];
};

const readRule = async (rule: WeightRule, source: WeightSource): Promise<HostArray> => {
  const stored = await source.read(rule.name);
  const part = rule.slice === undefined ? stored : sliced(stored, rule.slice);
  const plain = rule.stored === undefined ? part : { ...part, shape: plainShape(rule) };
  return rule.transposed === true ? transposed(plain) : plain;
};

const firstBad = ({ data }: HostArray): number => data.findIndex((x) => !Number.isFinite(x));

/** Members of a stack, in their order, as one array. */
const stacked = (members: readonly HostArray[]): HostArray => {
  const [first = { shape: [], dtype: "float32", data: new Float32Array() } as const] = members;
  const size = sizeOf(first.shape);
  const data = allocate(first.dtype, size * members.length);
  members.forEach((member, i) => data.set(member.data, i * size));
  return { shape: [members.length, ...first.shape], dtype: first.dtype, data };
};

const cast = (array: HostArray, dtype: DType): HostArray => {
  if (array.dtype === dtype) return array;
  const data = allocate(dtype, array.data.length);
  data.set(array.data);
  return roundToStorage({ shape: array.shape, dtype, data });
};

/** Rules of one parameter together, in the order of its members. */
const byParameter = (rules: readonly WeightRule[]): readonly (readonly WeightRule[])[] => {
  const groups = new Map<string, WeightRule[]>();
  for (const rule of rules) {
    const key = pathText(rule.path);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [rule]);
    else group.push(rule);
  }
  return [...groups.values()].map((group) =>
    group.toSorted((a, b) => (a.member?.index ?? 0) - (b.member?.index ?? 0)),
  );
};

const upload = (array: HostArray): Tensor => tensorOf(getBackend().fromHost(array));

/**
 * The parameters of a model on the current backend, read one by one from a checkpoint. Nothing is read before all names and shapes
 * are known to fit: otherwise the result lists everything that is missing, unknown or of another shape. NaN and infinities are
 * refused with the name of the parameter, those among them that `dtype` is too narrow for.
 */
export const loadParams = async <P>(
  map: WeightMap,
  source: WeightSource,
  { dtype = "float32", onProgress }: LoadParamsOptions = {},
): Promise<Either<PretrainedError, P>> => {
  const rules = rulesFor(map, source);
  const problems = problemsOf(rules, source, map.ignored);
  const operation = "loadParams";
  if (problems.length > 0)
    return left(
      new PretrainedError(
        operation,
        "the checkpoint must hold the model's arrays and no others",
        problems,
        { fix: "check that config.json belongs to these weights" },
      ),
    );
  const groups = byParameter(rules);
  const leaves = [];
  for (const [i, group] of groups.entries()) {
    const members = [];
    for (const rule of group) members.push(await readRule(rule, source));
    const [rule] = group;
    const stored = rule?.member === undefined ? members[0] : stacked(members);
    if (rule === undefined || stored === undefined) continue;
    const array = cast(stored, dtype);
    const bad = firstBad(array);
    if (bad >= 0)
      return left(
        new PretrainedError(operation, "weights must be finite numbers", [
          `${pathText(rule.path)} (${rule.name}): ${array.data[bad]} at element ${bad}`,
        ]),
      );
    leaves.push({ path: rule.path, value: upload(array) });
    onProgress?.(i + 1, groups.length);
  }
  const parts = (map.empty ?? []).map((path) => ({ path, value: {} }));
  return right(trusted<P>(treeOf([...leaves, ...parts])));
};
