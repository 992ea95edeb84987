/** Rounding to the half types, to nearest with ties to even, for values that stay in an f32. */
export const half: Readonly<Record<string, string>> = {
  // below 2^-14 the spacing is 2^-24; above, 13 bits go
  adj_round_half: `fn adj_round_half(x: f32) -> f32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  let small = round(abs(x) * 16777216.0) * 5.9604644775390625e-8;
  let kept = (size + 0xfffu + ((size >> 13u) & 1u)) & 0xffffe000u;
  let large = select(kept, 0x7f800000u, kept >= 0x47800000u);
  let rounded = select(large, bitcast<u32>(small), size < 0x38800000u);
  return select(adj_with_sign(bitcast<f32>(rounded), x), x, adj_is_nan(x));
}`,
  adj_round_bfloat16: `fn adj_round_bfloat16(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let rounded = (bits + 0x7fffu + ((bits >> 16u) & 1u)) & 0xffff0000u;
  return select(bitcast<f32>(rounded), x, adj_is_nan(x));
}`,
};
