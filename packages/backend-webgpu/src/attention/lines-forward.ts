import { withLibrary } from "../emit/with-library.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { accessTo } from "./array-access.ts";
import { type AttentionSpec, groupsOf } from "./attention-spec.ts";
import { kernelOf } from "./kernel-of.ts";
import { keyRange, lowest } from "./limits.ts";
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
import { each, four, range } from "./registers.ts";
import { scoreCode } from "./score-code.ts";

/** Attention of `rows` queries by every invocation, with a running maximum and total (online softmax). */
export const linesForward = (spec: AttentionSpec, variant: LinesVariant): Kernel => {
  const { heads, kvHeads, queryLength, keyLength, headSize, valueSize } = spec;
  const { rows, columns } = variant;
  const [depth, width] = [groupsOf(headSize), groupsOf(valueSize)];
  const access = accessTo(spec, ["q", "k", "v"], ["y"]);
  const scores = scoreCode(spec);
  const together = lanes * rows;
  const place = placeOf(spec, heads, Math.ceil(queryLength / together));
  const code = `${access.code}
${scores.code}
${mainOf(lanes)} {
  ${place.code}
  let kvHead = head / ${size(heads / kvHeads)};
  let firstRow = block * ${together}u;
  ${declareSums("sum", rows, width)}
  ${each(
    rows,
    (r) => `var largest${r} = ${lowest}; var total${r} = 0.0;
  let t${r} = firstRow + lane * ${rows}u + ${r}u;
  let qRow${r} = start_q(b, head, min(t${r}, ${size(queryLength - 1)}));`,
  )}
  ${keyRange(spec, "firstRow", together)}
  for (var key = firstKey; key < lastKey; key += ${columns}u) {
    ${columnStarts("k", "kvHead", "key", keyLength, variant)}
    ${columnStarts("v", "kvHead", "key", keyLength, variant)}
    ${productsOf("product", "q", "k", depth, variant)}
    ${each(rows, (r) => softmaxStep(spec, r, columns / 4))}
    ${addColumns("sum", "weight", "v", width, variant, (r) => `shrink${r}`)}
  }
  ${each(rows, (r) => finishRow(spec, r, width))}
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

const largestOf = (x: string): string => `max(max(${x}.x, ${x}.y), max(${x}.z, ${x}.w))`;

/** Takes more scores of row `r` into its running maximum and total; `weight{r}_{c}` are theirs, `shrink{r}` that of sums. */
const softmaxStep = (spec: AttentionSpec, r: number, quads: number): string => {
  const at = `b, head, ${four(`t${r}`)}`;
  const highest = range(quads).reduce(
    (m, c) => `max(${m}, ${largestOf(`score${r}_${c}`)})`,
    `largest${r}`,
  );
  const dropped = (c: number): string =>
    spec.dropout === undefined ? "" : ` * kept_scores(${at}, s${r}_${c})`;
  return `${each(
    quads,
    (c) => `let s${r}_${c} = ${four(`key + ${4 * c}u`)} + vec4<u32>(0u, 1u, 2u, 3u);
    let open${r}_${c} = seen_scores(${at}, s${r}_${c});
    let score${r}_${c} = select(vec4<f32>(${lowest}), scores_of(product${r}_${c}, ${at}, s${r}_${c}).value, open${r}_${c});`,
  )}
    let highest${r} = ${highest};
    let shrink${r} = exp_scores(vec4<f32>(largest${r} - highest${r})).x;
    largest${r} = highest${r};
    total${r} *= shrink${r};
    ${each(
      quads,
      (
        c,
      ) => `let power${r}_${c} = select(vec4<f32>(0.0), exp_scores(score${r}_${c} - highest${r}), open${r}_${c});
    total${r} += dot(power${r}_${c}, vec4<f32>(1.0));
    let weight${r}_${c} = power${r}_${c}${dropped(c)};`,
    )}`;
};

const finishRow = ({ heads, queryLength }: AttentionSpec, r: number, width: number): string =>
  `if (t${r} < ${size(queryLength)}) {
    let inverse = select(1.0 / total${r}, 0.0, total${r} == 0.0);
    let start = start_y(b, head, t${r});
    for (var g = 0u; g < ${size(width)}; g++) { store_y(start, g, sum${r}[g] * inverse); }
    lse[(b * ${size(heads)} + head) * ${size(queryLength)} + t${r}] = select(largest${r} + adj_log(total${r}), -adj_inf(), total${r} == 0.0);
  }`;
