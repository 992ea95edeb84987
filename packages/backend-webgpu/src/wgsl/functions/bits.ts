/**
 * Functions of the 32 bits of a float. NaN is found by its bits, because compilers may assume that there is none, and the
 * constants that WGSL refuses as literals come from a variable.
 */
export const bits: Readonly<Record<string, string>> = {
  adj_nan: `fn adj_nan() -> f32 {
  var bits = 0x7fc00000u;
  return bitcast<f32>(bits);
}`,
  adj_inf: `fn adj_inf() -> f32 {
  var bits = 0x7f800000u;
  return bitcast<f32>(bits);
}`,
  adj_negative_zero: `fn adj_negative_zero() -> f32 {
  var bits = 0x80000000u;
  return bitcast<f32>(bits);
}`,
  adj_is_nan: `fn adj_is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}`,
  adj_is_finite: `fn adj_is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}`,
  // the first 12 bits of a float: the product of two such heads is exact
  adj_head: `fn adj_head(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}`,
  adj_with_sign: `fn adj_with_sign(size: f32, sign: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(size) & 0x7fffffffu) | (bitcast<u32>(sign) & 0x80000000u));
}`,
  adj_sign: `fn adj_sign(x: f32) -> f32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  return select(x, adj_with_sign(1.0, x), (size != 0u) & (size <= 0x7f800000u));
}`,
  // a literal seen through a function is no constant expression, whose overflow would be an error
  adj_opaque_f32: `fn adj_opaque_f32(x: f32) -> f32 {
  return x;
}`,
  adj_opaque_i32: `fn adj_opaque_i32(x: i32) -> i32 {
  return x;
}`,
  adj_opaque_u32: `fn adj_opaque_u32(x: u32) -> u32 {
  return x;
}`,
  adj_opaque_bool: `fn adj_opaque_bool(x: bool) -> bool {
  return x;
}`,
};
