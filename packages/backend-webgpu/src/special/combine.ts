import { isNanText } from "./order-key.ts";
import type { ValueType } from "./storage.ts";

/** Operations that are associative up to rounding. */
export type Combiner = "set" | "add" | "mul" | "max" | "min" | "logAddExp";

/** As Math.max and Math.min: NaN wins, and -0 is less than 0. */
const extreme = (name: "max" | "min"): string => `${isNanText}
fn total(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}
fn combine(a: f32, b: f32) -> f32 {
  if (is_nan(a)) { return a; }
  if (is_nan(b)) { return b; }
  return select(b, a, total(a) ${name === "max" ? ">=" : "<="} total(b));
}
`;

/** The series below 2^-7 has an error under 2^-29 of the result; log(1 + y) would lose what 1 + y rounds off. */
const logAddExp = `${isNanText}
fn combine(a: f32, b: f32) -> f32 {
  if (is_nan(a)) { return a; }
  if (is_nan(b)) { return b; }
  let high = max(a, b);
  if ((bitcast<u32>(high) & 0x7fffffffu) == 0x7f800000u) { return high; }
  let low = min(a, b);
  if ((bitcast<u32>(low) & 0x7fffffffu) == 0x7f800000u) { return high; }
  let y = exp(low - high);
  return high + select(log(1.0 + y), y * (1.0 - y * (0.5 - y * (1.0 / 3.0 - y * 0.25))), y < 0.0078125);
}
`;

/** WGSL of `combine(a, b)`, `a` being the earlier one. */
export const combineText = (combiner: Combiner, type: ValueType): string => {
  const simple = (expression: string): string =>
    `fn combine(a: ${type}, b: ${type}) -> ${type} { return ${expression}; }\n`;
  switch (combiner) {
    case "set":
      return simple("b");
    case "add":
      return simple("a + b");
    case "mul":
      return simple("a * b");
    case "max":
    case "min":
      return type === "f32" ? extreme(combiner) : simple(`${combiner}(a, b)`);
    case "logAddExp":
      return logAddExp;
  }
};

/** The value that changes nothing when it comes first, as an expression of run time; needs `identityDeclarations`. */
export const identityText = (combiner: Combiner, type: ValueType): string => {
  if (combiner === "mul") return `${type}(1)`;
  const bits: Readonly<Record<ValueType, readonly [lowest: string, highest: string]>> = {
    f32: ["negative_infinity", "positive_infinity"],
    i32: ["0x80000000u", "0x7fffffffu"],
    u32: ["0u", "0xffffffffu"],
  };
  const [lowest, highest] = bits[type];
  if (combiner === "max" || combiner === "logAddExp") return `bitcast<${type}>(${lowest})`;
  if (combiner === "min") return `bitcast<${type}>(${highest})`;
  return type === "f32" ? "bitcast<f32>(0x80000000u)" : `${type}(0)`; // -0 + x is x, -0 included
};

/** Variables, as infinities must not be constant expressions. */
export const identityDeclarations = `var<private> negative_infinity: u32 = 0xff800000u;
var<private> positive_infinity: u32 = 0x7f800000u;
`;
