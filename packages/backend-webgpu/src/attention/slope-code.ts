import { size } from "../kernel/shape-marks.ts";
import type { AttentionSpec } from "./attention-spec.ts";

/** Arguments of the functions of scores. */
export type ScorePlace = { readonly t: string; readonly s: string; readonly head: string };

/**
 * Declares for four scores the weight after dropout `kept` and the cotangent of the product of query and key `slope`, from
 * the product `product`, that of cotangent and value `pulled`, and what is known of the rows, `lse` and `delta`.
 */
export const slopeCode = (
  spec: AttentionSpec,
  id: string,
  { t, s, head }: ScorePlace,
  { lse, delta }: { readonly lse: string; readonly delta: string },
): string => {
  const at = `b, ${head}, ${t}, ${s}`;
  const { dropout } = spec;
  return `let scores${id} = scores_of(product${id}, ${at});
    let weight${id} = select(vec4<f32>(0.0), exp_scores(scores${id}.value - ${lse}), seen_scores(${at}));
    ${dropout === undefined ? "" : `let factor${id} = kept_scores(${at});`}
    let kept${id} = weight${id}${dropout === undefined ? "" : ` * factor${id}`};
    let slope${id} = weight${id} * (pulled${id}${dropout === undefined ? "" : ` * factor${id}`} - ${delta}) * scores${id}.slope;`;
};

/** Reads what `attentionDelta` wrote for query `t` of a head: its log-sum-exp and delta. */
export const statisticsCode = ({ heads, queryLength }: AttentionSpec): string =>
  `fn statistics_of(b: u32, h: u32, t: u32) -> vec2<f32> {
  let at = ((b * ${size(heads)} + h) * ${size(queryLength)} + min(t, ${size(Math.max(0, queryLength - 1))})) * 2u;
  return vec2<f32>(statistics[at], statistics[at + 1u]);
}`;

/** Declares `lse{c}` and `delta{c}` of the four queries `t`. */
export const statisticsOfFour = (c: number, t: string): string => {
  const known = [0, 1, 2, 3].map((j) => `known${c}_${j}`);
  return `${known.map((name, j) => `let ${name} = statistics_of(b, head, (${t})[${j}]);`).join(" ")}
    let lse${c} = vec4<f32>(${known.map((name) => `${name}.x`).join(", ")});
    let delta${c} = vec4<f32>(${known.map((name) => `${name}.y`).join(", ")});`;
};
