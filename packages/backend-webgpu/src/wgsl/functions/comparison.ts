/** Comparisons and extremes of floats with NaN where IEEE 754 has it: tests of a value against itself must survive compilers. */
export const comparison: Readonly<Record<string, string>> = {
  adj_equal: `fn adj_equal(a: f32, b: f32) -> bool {
  return (a == b) & !adj_is_nan(a);
}`,
  adj_not_equal: `fn adj_not_equal(a: f32, b: f32) -> bool {
  return !((a == b) & !(adj_is_nan(a) | adj_is_nan(b)));
}`,
  adj_less_equal: `fn adj_less_equal(a: f32, b: f32) -> bool {
  return (a <= b) & !adj_is_nan(a);
}`,
  // at a tie of zeros the larger is +0
  adj_max: `fn adj_max(a: f32, b: f32) -> f32 {
  let tie = (a == b) & (bitcast<u32>(a) < 0x80000000u);
  return select(b, a, (a > b) | tie | adj_is_nan(a));
}`,
  adj_min: `fn adj_min(a: f32, b: f32) -> f32 {
  let tie = (a == b) & (bitcast<u32>(a) >= 0x80000000u);
  return select(b, a, (a < b) | tie | adj_is_nan(a));
}`,
};
