import type { DType, Tensor } from "@adjoint/core";
import { getBackend } from "@adjoint/core";
import { allocate, type HostArray, roundToStorage, sizeOf, tensorOf } from "@adjoint/core/backend";
import { type Either, left, right } from "@adjoint/core/either";
import { sliced, transposed } from "./host-arrays.ts";
import type { LoadParamsOptions } from "./load-params.ts";
import { PretrainedError } from "./pretrained-error.ts";
import { plainShape, type WeightRule } from "./weight-rule.ts";
import type { WeightSource } from "./weight-source.ts";

/** A parameter and where it goes. */
export type ParamLeaf = { readonly path: WeightRule["path"]; readonly value: Tensor };

const pathText = (path: WeightRule["path"]): string => path.join(".");

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

/** Reads the parameters of rules one by one; NaN and infinities are refused, with errors named after `operation`. */
export const readLeaves = async (
  operation: string,
  rules: readonly WeightRule[],
  source: WeightSource,
  { dtype = "float32", onProgress }: LoadParamsOptions,
): Promise<Either<PretrainedError, readonly ParamLeaf[]>> => {
  const groups = byParameter(rules);
  const leaves: ParamLeaf[] = [];
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
  return right(leaves);
};
