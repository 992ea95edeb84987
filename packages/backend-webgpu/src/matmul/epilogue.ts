import { size } from "../kernel/shape-marks.ts";
import type { MatmulSpec } from "./matmul-spec.ts";
import { range, typeOf } from "./product-code.ts";

/** The block of sums that an invocation holds, as `sum{i}_{q}` with `width` columns each. */
export type Block = { readonly rows: number; readonly columns: number; readonly width: number };

/** Statements that hand a block of sums to the epilogue; `row` and `column` are its first. */
export const epilogueOf = (
  spec: Pick<MatmulSpec, "m" | "n" | "type" | "store">,
  { rows, columns, width }: Block,
): { readonly library: string; readonly code: string } => {
  const type = spec.type ?? "f32";
  const across = columns / width;
  const sums = range(rows).flatMap((i) => range(across).map((q) => `sum${i}_${q}`));
  const store = spec.store({ batch: "batch", row: "row", column: "column", value: "value" });
  const library = `fn finish(batch: u32, row: u32, column: u32, value: ${type}) {
  ${store}
}`;
  // One copy of the epilogue in a loop: as many as there are sums would take long to compile.
  const index = `i * ${across}u + ${width === 1 ? "j" : "j / 4u"}`;
  const code = `var sums = array<${typeOf(type, width)}, ${rows * across}>(${sums.join(", ")});
  for (var i = 0u; i < min(${rows}u, ${size(spec.m)} - row); i++) {
    for (var j = 0u; j < min(${columns}u, ${size(spec.n)} - column); j++) {
      finish(batch, row + i, column + j, sums[${index}]${width === 1 ? "" : "[j % 4u]"});
    }
  }`;
  return { library, code };
};
