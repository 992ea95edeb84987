import { horner } from "../horner.ts";

const p = horner(
  "f",
  [
    0.333333313, -0.250008225, 0.200012505, -0.166233152, 0.142012715, -0.13160187, 0.127647921,
    -0.07638257,
  ],
);

/**
 * Logarithms: x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2), read off the bits, as FreeBSD's libm does, then
 * log(1 + f) = f - f^2 / 2 + f^3 P(f), relative error 2^-27. A device may take subnormal numbers for zero.
 */
export const logarithm: Readonly<Record<string, string>> = {
  adj_Split: `struct adj_Split {
  f: f32,
  k: f32,
}`,
  // f and k of a positive finite x
  adj_split: `fn adj_split(x: f32) -> adj_Split {
  let tiny = x < 1.17549435e-38;
  let bits = bitcast<u32>(select(x, x * 16777216.0, tiny)) - 0x3f3504f3u;
  let m = bitcast<f32>((bits & 0x7fffffu) + 0x3f3504f3u);
  return adj_Split(m - 1.0, f32((bitcast<i32>(bits) >> 23u) - select(0, 24, tiny)));
}`,
  // log(1 + f) + k ln 2
  adj_log_sum: `fn adj_log_sum(f: f32, k: f32) -> f32 {
  let z = f * f;
  let y = (f * z * ${p} - k * 2.1219444e-4) - 0.5 * z;
  return (f + y) + k * 0.693359375;
}`,
  // the logarithm y of x, or what IEEE 754 has instead
  adj_log_ends: `fn adj_log_ends(y: f32, x: f32) -> f32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  let kept = select(y, x, size >= 0x7f800000u);
  let below = select(kept, adj_nan(), x < 0.0);
  return select(below, -adj_inf(), x == 0.0);
}`,
  adj_log: `fn adj_log(x: f32) -> f32 {
  let s = adj_split(x);
  return adj_log_ends(adj_log_sum(s.f, s.k), x);
}`,
  // log(1 + x) + add; near 0 x itself is f, elsewhere the rounding of 1 + x does no harm
  adj_log1p_plus: `fn adj_log1p_plus(x: f32, add: f32) -> f32 {
  let s = adj_split(1.0 + x);
  let near = (x > -0.29) & (x < 0.41);
  let y = adj_log_sum(select(s.f, x, near), select(s.k, 0.0, near)) + add;
  return select(adj_log_ends(y, 1.0 + x), x, abs(x) < 1e-8);
}`,
  adj_log1p: `fn adj_log1p(x: f32) -> f32 {
  return adj_log1p_plus(x, 0.0);
}`,
};
