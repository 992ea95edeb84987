/** Integer operations where WGSL leaves a case open: division by zero, shifts by 32 and more, powers, conversions of floats. */
export const integer: Readonly<Record<string, string>> = {
  adj_div_i32: `fn adj_div_i32(a: i32, b: i32) -> i32 {
  let overflow = (a == i32(-2147483648)) & (b == -1);
  let quotient = a / select(b, 1, (b == 0) | overflow);
  return select(quotient, -1, b == 0);
}`,
  adj_div_u32: `fn adj_div_u32(a: u32, b: u32) -> u32 {
  return select(a / select(b, 1u, b == 0u), 0xffffffffu, b == 0u);
}`,
  adj_rem_i32: `fn adj_rem_i32(a: i32, b: i32) -> i32 {
  return select(a % select(b, 1, (b == 0) | (b == -1)), a, b == 0);
}`,
  adj_rem_u32: `fn adj_rem_u32(a: u32, b: u32) -> u32 {
  return select(a % select(b, 1u, b == 0u), a, b == 0u);
}`,
  adj_pow_u32: `fn adj_pow_u32(base: u32, exponent: u32) -> u32 {
  var result = 1u;
  var b = base;
  for (var e = exponent; e != 0u; e = e >> 1u) {
    result = select(result, result * b, (e & 1u) == 1u);
    b = b * b;
  }
  return result;
}`,
  // of negative exponents only 1 and -1 have a power that is not a fraction
  adj_pow_i32: `fn adj_pow_i32(base: i32, exponent: i32) -> i32 {
  if (exponent >= 0) { return bitcast<i32>(adj_pow_u32(bitcast<u32>(base), bitcast<u32>(exponent))); }
  if (base == -1) { return 1 - 2 * (exponent & 1); }
  return select(0, 1, base == 1);
}`,
  adj_shift_left: `fn adj_shift_left(a: u32, b: u32) -> u32 {
  return select(a << (b & 31u), 0u, b > 31u);
}`,
  adj_shift_right: `fn adj_shift_right(a: u32, b: u32) -> u32 {
  return select(a >> (b & 31u), 0u, b > 31u);
}`,
  adj_shift_right_i32: `fn adj_shift_right_i32(a: i32, b: u32) -> i32 {
  return a >> min(b, 31u);
}`,
  // in two halves, because not every device rounds large numbers to nearest
  adj_from_u32: `fn adj_from_u32(x: u32) -> f32 {
  return f32(x >> 16u) * 65536.0 + f32(x & 0xffffu);
}`,
  adj_to_i32: `fn adj_to_i32(x: f32) -> i32 {
  let inside = i32(clamp(x, -2147483648.0, 2147483520.0));
  return select(select(inside, 0x7fffffff, x >= 2147483648.0), 0, adj_is_nan(x));
}`,
  adj_to_u32: `fn adj_to_u32(x: f32) -> u32 {
  let inside = u32(clamp(x, 0.0, 4294967040.0));
  return select(select(inside, 0xffffffffu, x >= 4294967296.0), 0u, adj_is_nan(x));
}`,
};
