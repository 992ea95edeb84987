import { paths } from "@adjoint/core/tree";
import { flopsByParameter } from "./flops.ts";
import { type ParameterRow, parameterRows } from "./parameter-table.ts";

/** One parameter of a model and the work that it takes. */
export type SummaryRow = ParameterRow & {
  /** Operations (a multiplication and an addition each) of the products that read it. */
  readonly flops: number;
};

/** What `modelSummary` finds. */
export type ModelSummary = {
  readonly rows: readonly SummaryRow[];
  readonly count: number;
  readonly bytes: number;
  /** Of all products, those without a parameter included: attention's scores and means. */
  readonly flops: number;
};

/**
 * Parameters of a model with elements, bytes, and the operations that one call of `run` spends on each. The program is
 * traced, not run. A scanned body counts once for each step, a branch as all its branches; elementwise work is not
 * counted.
 *
 * ```ts doctest
 * import { ones } from "@adjoint/core";
 * import { key } from "@adjoint/core/random";
 * import { linear, modelSummary } from "@adjoint/nn";
 * const params = linear.init(key(0), { inFeatures: 3, outFeatures: 2 });
 * const { count, bytes, flops } = modelSummary(params, (p) => linear.apply(p, ones([5, 3])));
 * [count, bytes, flops]; // => [8, 32, 60]
 * ```
 */
export const modelSummary = <P>(params: P, run: (params: P) => unknown): ModelSummary => {
  const flops = flopsByParameter(params, paths(params), run);
  const rows = parameterRows(params).map((row) => ({ ...row, flops: flops.get(row.path) ?? 0 }));
  const total = (of: (row: SummaryRow) => number): number =>
    rows.reduce((n, row) => n + of(row), 0);
  return {
    rows,
    count: total((row) => row.count),
    bytes: total((row) => row.bytes),
    flops: [...flops.values()].reduce((a, b) => a + b, 0),
  };
};

const digits = (n: number): string => n.toLocaleString("en-US");

/**
 * A summary as text: name, type and shape, elements, bytes, operations.
 *
 * ```ts doctest
 * import { ones, zeros } from "@adjoint/core";
 * import { modelSummary, summaryTable } from "@adjoint/nn";
 * const summary = modelSummary({ w: zeros([64, 32]) }, ({ w }) => ones([10, 64]).matmul(w));
 * summaryTable(summary).split("\n");
 * // => ["name   type            count  bytes   flops", "w      float32[64,32]  2,048  8,192  40,960",
 * //     "total                  2,048  8,192  40,960"]
 * ```
 */
export const summaryTable = ({ rows, count, bytes, flops }: ModelSummary): string => {
  const cells: readonly (readonly string[])[] = [
    ["name", "type", "count", "bytes", "flops"],
    ...rows.map((row) => [
      row.path,
      `${row.dtype}[${row.shape.join()}]`,
      digits(row.count),
      digits(row.bytes),
      digits(row.flops),
    ]),
    ["total", "", digits(count), digits(bytes), digits(flops)],
  ];
  const widths = [0, 1, 2, 3, 4].map((i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  const pad = (cell: string, i: number): string =>
    i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return cells.map((row) => row.map(pad).join("  ")).join("\n");
};
