import { withLibrary } from "../emit/with-library.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { accessTo } from "./array-access.ts";
import { type AttentionSpec, groupsOf } from "./attention-spec.ts";
import { kernelOf } from "./kernel-of.ts";
import { keyRange, lowest } from "./limits.ts";
import { mainOf, placeOf } from "./lines.ts";
import { each, four, range } from "./registers.ts";
import { scoreCode } from "./score-code.ts";
import {
  addTile,
  declareTileSums,
  scaleTileSums,
  storeTileSums,
  tile,
  tileColumns,
  tileGroup,
  tileMemory,
  tilePlace,
  tileProducts,
} from "./tiles.ts";

const rowMemory = `var<workgroup> row_parts: array<vec4<f32>, 64>;`;

/** Sets `result` to the largest or the sum of `value` (a number for each of four rows) over the invocations of a row. */
const overRow = (
  result: string,
  value: string,
  combine: (a: string, b: string) => string,
): string =>
  `workgroupBarrier();
    row_parts[lane] = ${value};
    workgroupBarrier();
    var ${result} = row_parts[down * 8u];
    for (var i = 1u; i < 8u; i++) { ${result} = ${combine(result, "row_parts[down * 8u + i]")}; }`;

const softmaxStep = (spec: AttentionSpec): string => {
  const at = (r: number): string => `b, head, ${four(`t${r}`)}, s`;
  const dropped = (r: number): string =>
    spec.dropout === undefined ? "" : ` * kept_scores(${at(r)})`;
  const all = (name: (r: number) => string): string =>
    `vec4<f32>(${range(4).map(name).join(", ")})`;
  return `${each(
    4,
    (r) => `let open${r} = seen_scores(${at(r)});
    let score${r} = select(vec4<f32>(${lowest}), scores_of(product${r}_0, ${at(r)}).value, open${r});`,
  )}
    ${overRow(
      "highest",
      all((r) => `max(max(score${r}.x, score${r}.y), max(score${r}.z, score${r}.w))`),
      (a, b) => `max(${a}, ${b})`,
    )}
    highest = max(highest, largest);
    let shrink = exp_scores(largest - highest);
    largest = highest;
    ${each(4, (r) => `let power${r} = select(vec4<f32>(0.0), exp_scores(score${r} - highest[${r}]), open${r});`)}
    total = total * shrink + ${all((r) => `dot(power${r}, vec4<f32>(1.0))`)};
    ${each(4, (r) => `let weight${r}_0 = power${r}${dropped(r)};`)}`;
};

/** Attention of 32 queries by a workgroup, which stages tiles of keys and values in its memory. */
export const tileForward = (spec: AttentionSpec): Kernel => {
  const { heads, kvHeads, queryLength, keyLength, headSize, valueSize } = spec;
  const [depth, width] = [groupsOf(headSize), groupsOf(valueSize)];
  const access = accessTo(spec, ["q", "k", "v"], ["y"]);
  const scores = scoreCode(spec);
  const place = placeOf(spec, heads, Math.ceil(queryLength / tile));
  const queries = { head: "head", first: "firstRow", length: queryLength } as const;
  const keys = { head: "kvHead", first: "key", length: keyLength } as const;
  const code = `${access.code}
${scores.code}
${tileMemory}
${rowMemory}
${mainOf(tileGroup)} {
  ${place.code}
  ${tilePlace}
  let kvHead = head / ${size(heads / kvHeads)};
  let firstRow = block * ${tile}u;
  ${declareTileSums("sum", width)}
  var largest = vec4<f32>(${lowest}); var total = vec4<f32>(0.0);
  ${each(4, (r) => `let t${r} = firstRow + down + ${8 * r}u;`)}
  ${keyRange(spec, "firstRow", tile, tile)}
  for (var key = firstKey; key < lastKey; key += ${tile}u) {
    let s = ${tileColumns("key")};
    ${tileProducts("product", { ...queries, part: "q", groups: depth }, { ...keys, part: "k", groups: depth })}
    ${softmaxStep(spec)}
    ${scaleTileSums("sum", width, (r) => `shrink[${r}]`)}
    ${addTile("sum", "weight", { ...keys, part: "v", groups: width })}
  }
  ${overRow("all", "total", (a, b) => `${a} + ${b}`)}
  let inverse = select(1.0 / all, vec4<f32>(0.0), all == vec4<f32>(0.0));
  ${storeTileSums(
    "sum",
    { part: "y", head: "head", length: queryLength, groups: width },
    (r) => `t${r}`,
    (r) => `inverse[${r}]`,
  )}
  ${each(
    4,
    (r) =>
      `if (across == 0u && t${r} < ${size(queryLength)}) { lse[(b * ${size(heads)} + head) * ${size(queryLength)} + t${r}] = select(largest[${r}] + adj_log(all[${r}]), -adj_inf(), all[${r}] == 0.0); }`,
  )}
}`;
  return kernelOf(spec, {
    name: "attention",
    operands: [
      ...access.operands,
      ...scores.operands,
      { name: "lse", element: "f32", access: "write" },
    ],
    code: withLibrary(code),
    grid: place.grid,
    parts: ["q", "k", "v", "y"],
    products: 1,
  });
};
