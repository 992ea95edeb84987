import type { Access, Element, Operand } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import {
  type AttentionPart,
  type AttentionSpec,
  featuresOf,
  type View,
  viewOf,
} from "./attention-spec.ts";

/** Operands of a kernel and the functions through which it reads and writes them. */
export type ArrayAccess = { readonly operands: readonly Operand[]; readonly code: string };

const isWhole = ({ offset, strides: [b, h, t, d] }: View, features: number): boolean =>
  d === 1 && [features, offset, b, h, t].every((n) => n % 4 === 0);

const startOf = (part: string, { offset, strides }: View, unit: number): string => {
  const [b, h, t] = strides.map((n) => size(n / unit));
  return `fn start_${part}(b: u32, h: u32, t: u32) -> u32 {
  return ${size(offset / unit)} + b * ${b} + h * ${h} + t * ${t};
}`;
};

const loadVector = (part: string, name: string): string =>
  `fn load_${part}(start: u32, group: u32) -> vec4<f32> { return vec4<f32>(${name}[start + group]); }`;

const lanes = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

const loadScalars = (part: string, { name, strides }: View, features: number): string => {
  const step = size(strides[3]);
  const element = (i: number): string => `f32(${name}[i + ${i}u * ${step}])`;
  const vector = (count: number): string =>
    `vec4<f32>(${lanes(4)
      .map((i) => (i < count ? element(i) : "0.0"))
      .join(", ")})`;
  const rest = features % 4;
  const tail =
    rest === 0
      ? ""
      : `  if (group >= ${size(Math.floor(features / 4))}) { return ${vector(rest)}; }\n`;
  return `fn load_${part}(start: u32, group: u32) -> vec4<f32> {
  let i = start + group * 4u * ${step};
${tail}  return ${vector(4)};
}`;
};

const storeVector = (part: string, name: string, type: string): string =>
  `fn store_${part}(start: u32, group: u32, x: vec4<f32>) { ${name}[start + group] = vec4<${type}>(x); }`;

const storeScalars = (
  part: string,
  { name, strides }: View,
  features: number,
  type: string,
): string => {
  const step = size(strides[3]);
  const write = (i: number): string =>
    `if (group * 4u + ${i}u < ${size(features)}) { ${name}[i + ${i}u * ${step}] = ${type}(x[${i}]); }`;
  return `fn store_${part}(start: u32, group: u32, x: vec4<f32>) {
  let i = start + group * 4u * ${step};
  ${lanes(4).map(write).join("\n  ")}
}`;
};

/**
 * Access to the parts that a kernel reads and writes: `start_part(b, h, t)`, `load_part(start, group)` and
 * `store_part(start, group, x)` of four features each, zero beyond the last one.
 */
export const accessTo = (
  spec: AttentionSpec,
  reads: readonly AttentionPart[],
  writes: readonly AttentionPart[] = [],
): ArrayAccess => {
  const type = spec.half ? "f16" : "f32";
  const parts = [...reads, ...writes];
  const vectors = new Map<string, boolean>();
  for (const part of parts) {
    const view = viewOf(spec, part);
    // an array is bound as one kind of elements, and a bias is read one by one
    const whole = isWhole(view, featuresOf(spec, part)) && view.name !== spec.bias?.name;
    vectors.set(view.name, whole && (vectors.get(view.name) ?? true));
  }
  const accessOf = (name: string): Access =>
    writes.some((part) => viewOf(spec, part).name === name) ? "write" : "read";
  const elementOf = (isVector: boolean): Element => (isVector ? `vec4<${type}>` : type);
  const operands = [...vectors].map(([name, isVector]): Operand => ({
    name,
    element: elementOf(isVector),
    access: accessOf(name),
  }));
  const code = parts.map((part) => {
    const view = viewOf(spec, part);
    const isVector = vectors.get(view.name) === true;
    const features = featuresOf(spec, part);
    const start = startOf(part, view, isVector ? 4 : 1);
    if (writes.includes(part))
      return `${start}\n${isVector ? storeVector(part, view.name, type) : storeScalars(part, view, features, type)}`;
    return `${start}\n${isVector ? loadVector(part, view.name) : loadScalars(part, view, features)}`;
  });
  return { operands, code: code.join("\n") };
};
