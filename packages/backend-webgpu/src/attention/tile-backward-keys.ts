import { withLibrary } from "../emit/with-library.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { accessTo } from "./array-access.ts";
import { type AttentionSpec, groupsOf } from "./attention-spec.ts";
import { kernelOf } from "./kernel-of.ts";
import { queryRange } from "./limits.ts";
import { mainOf, placeOf } from "./lines.ts";
import { each, four } from "./registers.ts";
import { scoreCode, wgslFloat } from "./score-code.ts";
import { slopeCode, statisticsCode, statisticsOfFour } from "./slope-code.ts";
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

/** Cotangents of 32 keys and values by a workgroup, summed over the queries of every head that reads them. */
export const tileBackwardKeys = (spec: AttentionSpec): Kernel => {
  const { heads, kvHeads, queryLength, keyLength, headSize, valueSize } = spec;
  const [depth, width] = [groupsOf(headSize), groupsOf(valueSize)];
  const access = accessTo(spec, ["q", "k", "v", "dy"], ["dk", "dv"]);
  const scores = scoreCode(spec);
  const place = placeOf(spec, kvHeads, Math.ceil(keyLength / tile));
  const queries = { head: "head", first: "query", length: queryLength } as const;
  const keys = { head: "kvHead", first: "firstRow", length: keyLength } as const;
  const stored = { head: "kvHead", length: keyLength } as const;
  const slopes = (r: number): string =>
    slopeCode(
      spec,
      `${r}_0`,
      { t: "t", s: four(`s${r}`), head: "head" },
      { lse: "lse0", delta: "delta0" },
    );
  const code = `${access.code}
${scores.code}
${statisticsCode(spec)}
${tileMemory}
${mainOf(tileGroup)} {
  ${place.code.replace("let head =", "let kvHead =")}
  ${tilePlace}
  let firstRow = block * ${tile}u;
  ${declareTileSums("keySum", depth)}
  ${declareTileSums("valueSum", width)}
  ${each(4, (r) => `let s${r} = firstRow + down + ${8 * r}u;`)}
  ${queryRange(spec, "firstRow", tile, tile)}
  for (var member = 0u; member < ${size(heads / kvHeads)}; member++) {
  let head = kvHead * ${size(heads / kvHeads)} + member;
  for (var query = firstQuery; query < lastQuery; query += ${tile}u) {
    let t = ${tileColumns("query")};
    ${statisticsOfFour(0, "t")}
    ${tileProducts("product", { ...keys, part: "k", groups: depth }, { ...queries, part: "q", groups: depth })}
    ${tileProducts("pulled", { ...keys, part: "v", groups: width }, { ...queries, part: "dy", groups: width })}
    ${each(4, slopes)}
    ${addTile("valueSum", "kept", { ...queries, part: "dy", groups: width })}
    ${addTile("keySum", "slope", { ...queries, part: "q", groups: depth })}
  }
  }
  ${storeTileSums(
    "keySum",
    { ...stored, part: "dk", groups: depth },
    (r) => `s${r}`,
    () => wgslFloat(spec.scale),
  )}
  ${storeTileSums(
    "valueSum",
    { ...stored, part: "dv", groups: width },
    (r) => `s${r}`,
    () => "1.0",
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
