import { size } from "../kernel/shape-marks.ts";
import type { MatmulSpec } from "./matmul-spec.ts";
import { range, typeOf } from "./product-code.ts";

/** The sums that an invocation holds, as `sum{i}_{q}` with `width` columns each. */
export type Block = {
  readonly rows: number;
  readonly columns: number;
  readonly width: number;
  /** WGSL for the row of the u32 variable `i` of the block, and the column of `j`. */
  readonly rowAt: string;
  readonly columnAt: string;
  /** WGSL for what `store` gets as the batch. */
  readonly batch: string;
};

type Epilogue = Pick<MatmulSpec, "m" | "n" | "type" | "store" | "library">;

/** WGSL function `finish(batch, row, column, value)` that runs the epilogue of one element. */
export const finishOf = (spec: Epilogue): string => `${spec.library}
fn finish(batch: u32, row: u32, column: u32, value: ${spec.type ?? "f32"}) {
  ${spec.store({ batch: "batch", row: "row", column: "column", value: "value" })}
}`;

/**
 * Statements that hand a block of sums to `finish`. There is one copy of the epilogue, in a loop whose bounds are constants:
 * a compiler may unroll it, where as many copies as there are sums would always be slow to compile.
 */
export const finishBlock = (spec: Epilogue, block: Block): string => {
  const { rows, columns, width } = block;
  const across = columns / width;
  const sums = range(rows).flatMap((i) => range(across).map((q) => `sum${i}_${q}`));
  const index = `i * ${across}u + ${width === 1 ? "j" : "j / 4u"}`;
  const value = `sums[${index}]${width === 1 ? "" : "[j % 4u]"}`;
  const type = typeOf(spec.type ?? "f32", width);
  return `var sums = array<${type}, ${rows * across}>(${sums.join(", ")});
  let rowEnd = ${size(spec.m)};
  let columnEnd = ${size(spec.n)};
  for (var i = 0u; i < ${rows}u; i++) {
    let row = ${block.rowAt};
    if (row < rowEnd) {
      for (var j = 0u; j < ${columns}u; j++) {
        let column = ${block.columnAt};
        if (column < columnEnd) { finish(${block.batch}, row, column, ${value}); }
      }
    }
  }`;
};
