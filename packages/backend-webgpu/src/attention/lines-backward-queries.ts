import { withLibrary } from "../emit/with-library.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { accessTo } from "./array-access.ts";
import { type AttentionSpec, groupsOf } from "./attention-spec.ts";
import { kernelOf } from "./kernel-of.ts";
import { keyRange } from "./limits.ts";
import {
  addColumns,
  columnStarts,
  declareSums,
  lanes,
  type LinesVariant,
  mainOf,
  placeOf,
  productsOf,
} from "./lines.ts";
import { each, eachPair, four } from "./registers.ts";
import { scoreCode, wgslFloat } from "./score-code.ts";
import { slopeCode, statisticsCode } from "./slope-code.ts";

/** Cotangents of `rows` queries by every invocation, which goes over the keys they see. */
export const linesBackwardQueries = (spec: AttentionSpec, variant: LinesVariant): Kernel => {
  const { heads, kvHeads, queryLength, keyLength, headSize, valueSize } = spec;
  const { rows, columns } = variant;
  const [depth, width] = [groupsOf(headSize), groupsOf(valueSize)];
  const access = accessTo(spec, ["q", "k", "v", "dy"], ["dq"]);
  const scores = scoreCode(spec);
  const together = lanes * rows;
  const place = placeOf(spec, heads, Math.ceil(queryLength / together));
  const slopes = (r: number, c: number): string =>
    slopeCode(
      spec,
      `${r}_${c}`,
      {
        t: four(`t${r}`),
        s: `${four(`key + ${4 * c}u`)} + vec4<u32>(0u, 1u, 2u, 3u)`,
        head: "head",
      },
      { lse: `statistics${r}.x`, delta: `statistics${r}.y` },
    );
  const code = `${access.code}
${scores.code}
${statisticsCode(spec)}
${mainOf(lanes)} {
  ${place.code}
  let kvHead = head / ${size(heads / kvHeads)};
  let firstRow = block * ${together}u;
  ${declareSums("sum", rows, depth)}
  ${each(
    rows,
    (r) => `let t${r} = firstRow + lane * ${rows}u + ${r}u;
  let qRow${r} = start_q(b, head, min(t${r}, ${size(queryLength - 1)}));
  let dyRow${r} = start_dy(b, head, min(t${r}, ${size(queryLength - 1)}));
  let statistics${r} = statistics_of(b, head, t${r});`,
  )}
  ${keyRange(spec, "firstRow", together)}
  for (var key = firstKey; key < lastKey; key += ${columns}u) {
    ${columnStarts("k", "kvHead", "key", keyLength, variant)}
    ${columnStarts("v", "kvHead", "key", keyLength, variant)}
    ${productsOf("product", "q", "k", depth, variant)}
    ${productsOf("pulled", "dy", "v", width, variant)}
    ${eachPair(rows, columns / 4, slopes)}
    ${addColumns("sum", "slope", "k", depth, variant)}
  }
  ${each(
    rows,
    (r) => `if (t${r} < ${size(queryLength)}) {
    let start = start_dq(b, head, t${r});
    for (var g = 0u; g < ${size(depth)}; g++) { store_dq(start, g, sum${r}[g] * ${wgslFloat(spec.scale)}); }
  }`,
  )}
}`;
  return kernelOf(spec, {
    name: "attention_dq",
    operands: [
      ...access.operands,
      ...scores.operands,
      { name: "statistics", element: "f32", access: "read" },
    ],
    code: withLibrary(code),
    grid: place.grid,
    parts: ["q", "k", "v", "dy", "dq"],
    products: 1.5,
  });
};
