import type { DType } from "@adjoint/core/backend";
import { literalOf, spell, valueType } from "../wgsl/elementwise.ts";

/** How the elements of a reduction are put together. */
export type Reducer = {
  /** WGSL type of the sum so far. */
  readonly type: string;
  /** What an empty reduction gives. */
  readonly initial: string;
  readonly combine: (a: string, b: string) => string;
};

const operations: Readonly<Record<string, string>> = {
  sum: "add",
  prod: "mul",
  reduceMax: "max",
  reduceMin: "min",
  any: "or",
  all: "and",
};

const least: Readonly<Record<DType, number>> = {
  bool: 0,
  uint32: 0,
  int32: -(2 ** 31),
  float16: Number.NEGATIVE_INFINITY,
  bfloat16: Number.NEGATIVE_INFINITY,
  float32: Number.NEGATIVE_INFINITY,
  float64: Number.NEGATIVE_INFINITY,
};

const greatest: Readonly<Record<DType, number>> = {
  bool: 1,
  uint32: 2 ** 32 - 1,
  int32: 2 ** 31 - 1,
  float16: Number.POSITIVE_INFINITY,
  bfloat16: Number.POSITIVE_INFINITY,
  float32: Number.POSITIVE_INFINITY,
  float64: Number.POSITIVE_INFINITY,
};

const neutral = (name: string, dtype: DType): number => {
  if (name === "reduceMax") return least[dtype];
  if (name === "reduceMin") return greatest[dtype];
  return name === "prod" || name === "all" ? 1 : 0;
};

/** The reducer of a reduction primitive on elements of `dtype`. */
export const reducerOf = (name: string, dtype: DType): Reducer => {
  const operation = operations[name] ?? "add";
  const initial = literalOf(neutral(name, dtype), dtype);
  // half precisions keep their sums in f32
  const wide = valueType(dtype) === "f32" ? "float32" : dtype;
  const spelled = (a: string, b: string) => spell(operation, {}, [a, b], [wide, wide], [wide]);
  return {
    type: valueType(dtype),
    initial,
    combine: (a, b) => spelled(a, b)?.results[0] ?? a,
  };
};
