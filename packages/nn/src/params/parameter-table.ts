import type { DType } from "@adjoint/core";
import { paths } from "@adjoint/core/tree";
import { flattenTensors } from "../internal/tensor-tree.ts";

/** One tensor of a parameter tree. */
export type ParameterRow = {
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly count: number;
  readonly bytes: number;
};

/** Bytes of an element. */
const elementBytes = (dtype: DType): number => {
  if (dtype === "float64") return 8;
  if (dtype === "bool") return 1;
  return dtype === "float16" || dtype === "bfloat16" ? 2 : 4;
};

/**
 * Path, shape, dtype, number of elements and bytes of each tensor of a parameter tree.
 *
 * ```ts doctest
 * import { zeros } from "@adjoint/core";
 * import { parameterRows } from "@adjoint/nn";
 * parameterRows({ w: zeros([2, 3]) }); // => [{ path: "w", shape: [2, 3], dtype: "float32", count: 6, bytes: 24 }]
 * ```
 */
export const parameterRows = (params: unknown): readonly ParameterRow[] => {
  const names = paths(params);
  return flattenTensors("parameterRows", params).leaves.map(({ shape, dtype, size }, i) => ({
    path: names[i] ?? "",
    shape,
    dtype,
    count: size,
    bytes: size * elementBytes(dtype),
  }));
};

/**
 * Number of elements of all tensors of a parameter tree.
 *
 * ```ts doctest
 * import { zeros } from "@adjoint/core";
 * import { parameterCount } from "@adjoint/nn";
 * parameterCount({ w: zeros([2, 3]), b: zeros([3]) }); // => 9
 * ```
 */
export const parameterCount = (params: unknown): number =>
  parameterRows(params).reduce((total, { count }) => total + count, 0);

const digits = (n: number): string => n.toLocaleString("en-US");

/**
 * The rows of a parameter tree and their total as text.
 *
 * ```ts doctest
 * import { zeros } from "@adjoint/core";
 * import { parameterTable } from "@adjoint/nn";
 * parameterTable({ w: zeros([64, 32]), b: zeros([32]) }).split("\n");
 * // => ["b      float32[32]        32", "w      float32[64,32]  2,048", "total                  2,080"]
 * ```
 */
export const parameterTable = (params: unknown): string => {
  const rows = parameterRows(params);
  const cells = [
    ...rows.map(
      ({ path, dtype, shape, count }) =>
        [path, `${dtype}[${shape.join()}]`, digits(count)] as const,
    ),
    ["total", "", digits(parameterCount(params))] as const,
  ];
  const [names, types, counts] = [0, 1, 2].map((column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells
    .map(
      ([name, type, count]) =>
        `${name.padEnd(names ?? 0)}  ${type.padEnd(types ?? 0)}  ${count.padStart(counts ?? 0)}`,
    )
    .join("\n");
};
