import type { Operand } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { horner } from "../wgsl/horner.ts";
import type { AttentionDropout, AttentionSpec, View } from "./attention-spec.ts";

/** A float as a WGSL expression. */
export const wgslFloat = (x: number): string => {
  const text = `${Math.fround(x)}`;
  return `(${/[.e]/.test(text) ? text : `${text}.0`})`;
};

/** Of four scores; the library's `adj_exp` for vectors. 0 below -87; NaN stays. */
const exponential = `fn exp_scores(x: vec4<f32>) -> vec4<f32> {
  let inside = clamp(x, vec4<f32>(-87.0), vec4<f32>(88.0));
  let n = round(inside * 1.442695041);
  let e = vec4<i32>(n);
  let r = (inside - n * 0.693359375) + vec4<f32>(e) * 2.1219444e-4;
  let p = ${horner("r", [0.49999994, 0.166665211, 0.0416682735, 0.00836868491, 0.00138201308])};
  let y = (1.0 + (r + r * r * p)) * bitcast<vec4<f32>>((e + 127) << vec4<u32>(23u));
  let nan = (bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);
  return select(select(y, vec4<f32>(0.0), x < vec4<f32>(-87.0)), x, nan);
}`;

const elementAt = ({ name, offset, strides }: View, lane: number): string => {
  const [b, h, t, s] = strides.map(size);
  return `${name}[${size(offset)} + b * ${b} + h * ${h} + row[${lane}] * ${t} + column[${lane}] * ${s}]`;
};

const fourOf = (view: View, wrap: (element: string) => string): string =>
  [0, 1, 2, 3].map((i) => wrap(elementAt(view, i))).join(", ");

/** Indices that may be read: scores beyond the edges repeat the last ones. */
const inside = ({ queryLength, keyLength }: AttentionSpec): string =>
  `let row = min(t, vec4<u32>(${size(Math.max(0, queryLength - 1))})); let column = min(s, vec4<u32>(${size(Math.max(0, keyLength - 1))}));`;

const seen = (spec: AttentionSpec): string => {
  const { queryLength, keyLength, causal, window, mask } = spec;
  const [queries, keys] = [`vec4<u32>(${size(queryLength)})`, `vec4<u32>(${size(keyLength)})`];
  const limits = [
    `(t < ${queries})`,
    `(s < ${keys})`,
    ...(causal ? [`(s + ${queries} <= t + ${keys})`] : []),
    ...(window === undefined
      ? []
      : [`(s + ${queries} + vec4<u32>(${size(window)}) > t + ${keys})`]),
    ...(mask === undefined ? [] : [`vec4<bool>(${fourOf(mask, (x) => `${x} != 0u`)})`]),
  ];
  return `fn seen_scores(b: u32, h: u32, t: vec4<u32>, s: vec4<u32>) -> vec4<bool> {
  ${mask === undefined ? "" : inside(spec)}
  return ${limits.join(" & ")};
}`;
};

/** Scores of products of queries and keys, and the slope of the cap there. */
const scored = (spec: AttentionSpec): string => {
  const { scale, softcap, bias } = spec;
  const bounded =
    softcap === undefined
      ? "vec4<f32>(0.0)"
      : `vec4<f32>(${[0, 1, 2, 3].map((i) => `adj_tanh(x[${i}] * ${wgslFloat(scale / softcap)})`).join(", ")})`;
  const capped =
    softcap === undefined ? `x * ${wgslFloat(scale)}` : `bounded * ${wgslFloat(softcap)}`;
  const added = bias === undefined ? "" : ` + vec4<f32>(${fourOf(bias, (x) => `f32(${x})`)})`;
  return `struct Scores { value: vec4<f32>, slope: vec4<f32> }
fn scores_of(x: vec4<f32>, b: u32, h: u32, t: vec4<u32>, s: vec4<u32>) -> Scores {
  ${bias === undefined ? "" : inside(spec)}
  let bounded = ${bounded};
  return Scores(${capped}${added}, 1.0 - bounded * bounded);
}`;
};

/** The high word of a product of two words, by halves. */
const highProduct = `fn high_product(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu; let a1 = a >> 16u; let b0 = b & 0xffffu; let b1 = b >> 16u;
  let middle = a1 * b0 + ((a0 * b0) >> 16u);
  let low = a0 * b1 + (middle & 0xffffu);
  return a1 * b1 + (middle >> 16u) + (low >> 16u);
}`;

/** 0 or 1 / (1 - rate) for four weights: the bits of weight i of a share of the batch are those of counter i. */
const kept = (spec: AttentionSpec, { rate, name, groups }: AttentionDropout): string => {
  const { batch, heads, queryLength, keyLength } = spec;
  const share = batch / groups;
  const isLong = share * heads * queryLength * keyLength >= 2 ** 32;
  const keep = Math.fround(1 - rate);
  return `${isLong ? highProduct : ""}
fn kept_scores(b: u32, h: u32, t: vec4<u32>, s: vec4<u32>) -> vec4<f32> {
  let share = b / ${size(share)};
  let first = ((b - share * ${size(share)}) * ${size(heads)} + h) * ${size(queryLength)};
  var factors = vec4<f32>(0.0);
  for (var i = 0u; i < 4u; i++) {
    let low = (first + t[i]) * ${size(keyLength)} + s[i];
    let high = ${isLong ? `high_product(first + t[i], ${size(keyLength)}) + select(0u, 1u, low < s[i])` : "0u"};
    let words = adj_threefry(${name}[2u * share], ${name}[2u * share + 1u], high, low);
    let fraction = f32((words.x ^ words.y) >> 9u) * 1.1920928955078125e-7;
    factors[i] = select(0.0, ${wgslFloat(1 / (1 - rate))}, fraction < ${wgslFloat(keep)});
  }
  return factors;
}`;
};

/** What turns products of queries and keys into weights: operands and WGSL functions over four scores at a time. */
export const scoreCode = (
  spec: AttentionSpec,
): { readonly operands: readonly Operand[]; readonly code: string } => {
  const { mask, bias, dropout } = spec;
  const operands: readonly Operand[] = [
    ...(mask === undefined ? [] : [{ name: mask.name, element: "u32", access: "read" } as const]),
    ...(bias === undefined
      ? []
      : [{ name: bias.name, element: bias.half ? "f16" : "f32", access: "read" } as const]),
    ...(dropout === undefined
      ? []
      : [{ name: dropout.name, element: "u32", access: "read" } as const]),
  ];
  const code = [
    exponential,
    seen(spec),
    scored(spec),
    ...(dropout === undefined ? [] : [kept(spec, dropout)]),
  ];
  return { operands, code: code.join("\n") };
};
