import type { ValueType } from "./storage.ts";

/** Whether a float is NaN, by its bits: compilers may assume that there is none. */
export const isNanText = `fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
`;

const floatKey = `fn order_key(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0xffffffffu; }
  if (magnitude == 0u) { return 0x80000000u; }
  return select(bits | 0x80000000u, ~bits, bits != magnitude);
}
`;

const bodies: Readonly<Record<ValueType, string>> = {
  f32: floatKey,
  i32: `fn order_key(x: i32) -> u32 { return bitcast<u32>(x) ^ 0x80000000u; }\n`,
  u32: `fn order_key(x: u32) -> u32 { return x; }\n`,
};

/** WGSL for a u32 in the order of the values, -0 as 0 and NaN last. */
export const orderKeyText = (value: ValueType, name = "order_key"): string =>
  bodies[value].replace("order_key", name);
