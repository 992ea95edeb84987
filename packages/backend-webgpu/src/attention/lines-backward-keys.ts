import { withLibrary } from "../emit/with-library.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { accessTo } from "./array-access.ts";
import { type AttentionSpec, groupsOf } from "./attention-spec.ts";
import { kernelOf } from "./kernel-of.ts";
import { queryRange } from "./limits.ts";
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
import { slopeCode, statisticsCode, statisticsOfFour } from "./slope-code.ts";

/** Cotangents of `rows` keys and values by every invocation, summed over the queries of every head that reads them. */
export const linesBackwardKeys = (spec: AttentionSpec, variant: LinesVariant): Kernel => {
  const { heads, kvHeads, queryLength, keyLength, headSize, valueSize } = spec;
  const { rows, columns } = variant;
  const [depth, width] = [groupsOf(headSize), groupsOf(valueSize)];
  const access = accessTo(spec, ["q", "k", "v", "dy"], ["dk", "dv"]);
  const scores = scoreCode(spec);
  const together = lanes * rows;
  const place = placeOf(spec, kvHeads, Math.ceil(keyLength / together));
  const slopes = (r: number, c: number): string =>
    slopeCode(
      spec,
      `${r}_${c}`,
      {
        t: `${four(`query + ${4 * c}u`)} + vec4<u32>(0u, 1u, 2u, 3u)`,
        s: four(`s${r}`),
        head: "head",
      },
      { lse: `lse${c}`, delta: `delta${c}` },
    );
  const code = `${access.code}
${scores.code}
${statisticsCode(spec)}
${mainOf(lanes)} {
  ${place.code.replace("let head =", "let kvHead =")}
  let firstRow = block * ${together}u;
  ${declareSums("keySum", rows, depth)}
  ${declareSums("valueSum", rows, width)}
  ${each(
    rows,
    (r) => `let s${r} = firstRow + lane * ${rows}u + ${r}u;
  let kRow${r} = start_k(b, kvHead, min(s${r}, ${size(keyLength - 1)}));
  let vRow${r} = start_v(b, kvHead, min(s${r}, ${size(keyLength - 1)}));`,
  )}
  ${queryRange(spec, "firstRow", together)}
  for (var member = 0u; member < ${size(heads / kvHeads)}; member++) {
  let head = kvHead * ${size(heads / kvHeads)} + member;
  for (var query = firstQuery; query < lastQuery; query += ${columns}u) {
    ${columnStarts("q", "head", "query", queryLength, variant)}
    ${columnStarts("dy", "head", "query", queryLength, variant)}
    ${each(columns / 4, (c) => statisticsOfFour(c, `${four(`query + ${4 * c}u`)} + vec4<u32>(0u, 1u, 2u, 3u)`))}
    ${productsOf("product", "k", "q", depth, variant)}
    ${productsOf("pulled", "v", "dy", width, variant)}
    ${eachPair(rows, columns / 4, slopes)}
    ${addColumns("valueSum", "kept", "dy", width, variant)}
    ${addColumns("keySum", "slope", "q", depth, variant)}
  }
  }
  ${each(
    rows,
    (r) => `if (s${r} < ${size(keyLength)}) {
    let keyStart = start_dk(b, kvHead, s${r});
    for (var g = 0u; g < ${size(depth)}; g++) { store_dk(keyStart, g, keySum${r}[g] * ${wgslFloat(spec.scale)}); }
    let valueStart = start_dv(b, kvHead, s${r});
    for (var g = 0u; g < ${size(width)}; g++) { store_dv(valueStart, g, valueSum${r}[g]); }
  }`,
  )}
}`;
  return kernelOf(spec, {
    name: "attention_dk_dv",
    operands: [
      ...access.operands,
      ...scores.operands,
      { name: "statistics", element: "f32", access: "read" },
    ],
    code: withLibrary(code),
    grid: place.grid,
    parts: ["q", "k", "v", "dy", "dk", "dv"],
    products: 2,
  });
};
