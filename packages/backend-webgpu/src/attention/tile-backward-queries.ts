import { withLibrary } from "../emit/with-library.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { accessTo } from "./array-access.ts";
import { type AttentionSpec, groupsOf } from "./attention-spec.ts";
import { kernelOf } from "./kernel-of.ts";
import { keyRange } from "./limits.ts";
import { mainOf, placeOf } from "./lines.ts";
import { each, four } from "./registers.ts";
import { scoreCode, wgslFloat } from "./score-code.ts";
import { slopeCode, statisticsCode } from "./slope-code.ts";
import {
  addTile,
  declareTileSums,
  storeTileSums,
  tile,
  tileColumns,
  tileGroup,
  tileMemory,
  tilePlace,
  tileProducts,
} from "./tiles.ts";

/** Cotangents of 32 queries by a workgroup, which goes over the keys they see. */
export const tileBackwardQueries = (spec: AttentionSpec): Kernel => {
  const { heads, kvHeads, queryLength, keyLength, headSize, valueSize } = spec;
  const [depth, width] = [groupsOf(headSize), groupsOf(valueSize)];
  const access = accessTo(spec, ["q", "k", "v", "dy"], ["dq"]);
  const scores = scoreCode(spec);
  const place = placeOf(spec, heads, Math.ceil(queryLength / tile));
  const queries = { head: "head", first: "firstRow", length: queryLength } as const;
  const keys = { head: "kvHead", first: "key", length: keyLength } as const;
  const slopes = (r: number): string =>
    slopeCode(
      spec,
      `${r}_0`,
      { t: four(`t${r}`), s: "s", head: "head" },
      { lse: `statistics${r}.x`, delta: `statistics${r}.y` },
    );
  const code = `${access.code}
${scores.code}
${statisticsCode(spec)}
${tileMemory}
${mainOf(tileGroup)} {
  ${place.code}
  ${tilePlace}
  let kvHead = head / ${size(heads / kvHeads)};
  let firstRow = block * ${tile}u;
  ${declareTileSums("sum", depth)}
  ${each(4, (r) => `let t${r} = firstRow + down + ${8 * r}u; let statistics${r} = statistics_of(b, head, t${r});`)}
  ${keyRange(spec, "firstRow", tile, tile)}
  for (var key = firstKey; key < lastKey; key += ${tile}u) {
    let s = ${tileColumns("key")};
    ${tileProducts("product", { ...queries, part: "q", groups: depth }, { ...keys, part: "k", groups: depth })}
    ${tileProducts("pulled", { ...queries, part: "dy", groups: width }, { ...keys, part: "v", groups: width })}
    ${each(4, slopes)}
    ${addTile("sum", "slope", { ...keys, part: "k", groups: depth })}
  }
  ${storeTileSums(
    "sum",
    { part: "dq", head: "head", length: queryLength, groups: depth },
    (r) => `t${r}`,
    () => wgslFloat(spec.scale),
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
