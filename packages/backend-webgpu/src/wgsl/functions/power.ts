import { horner } from "../horner.ts";

/**
 * Powers and remainders. The base-2 logarithm of a power is kept in two floats, whose heads of 12 bits multiply exactly,
 * as in FreeBSD's e_powf.c: log m = 2/3 s (3 + s^2 + s^4 P(s^2)) with s = (m - 1) / (m + 1).
 */
export const power: Readonly<Record<string, string>> = {
  adj_log2_pair: `fn adj_log2_pair(x: f32) -> vec2<f32> {
  let split = adj_split(x);
  let d = split.f + 2.0;
  let d_head = adj_head(d);
  let d_rest = split.f - (d_head - 2.0);
  let s = split.f / d;
  let s_head = adj_head(s);
  let s_rest = ((split.f - s_head * d_head) - s_head * d_rest) / d;
  let t = s * s;
  let rest = t * t * ${horner("t", [0.599999964, 0.428579599, 0.332694232, 0.293391943])} + s_rest * (s_head + s);
  let sum_head = adj_head(3.0 + s_head * s_head + rest);
  let sum_rest = rest - ((sum_head - 3.0) - s_head * s_head);
  let u = s_head * sum_head;
  let v = s_rest * sum_head + sum_rest * s;
  let p_head = adj_head(u + v);
  let p_rest = v - (p_head - u);
  let z_head = 0.9619140625 * p_head;
  let z_rest = p_rest * 0.961796694 - 1.17368574e-4 * p_head;
  let head = adj_head((z_head + z_rest) + split.k);
  return vec2<f32>(head, z_rest - ((head - split.k) - z_head));
}`,
  // 2^(head + rest), with (2^r - 1) / r on [-1/2, 1/2] to 2^-28
  adj_exp2_pair: `fn adj_exp2_pair(head: f32, rest: f32) -> f32 {
  let z = head + rest;
  let n = round(clamp(z, -160.0, 160.0));
  let r = clamp((head - n) + rest, -1.0, 1.0);
  let p = ${horner("r", [0.693147182, 0.240226507, 0.0555035956, 0.00961806253, 0.0013390989, 0.00015462884])};
  let y = adj_scale(1.0 + r * p, i32(n));
  return select(select(y, adj_inf(), z > 128.5), 0.0, z < -151.0);
}`,
  // |x|^b for finite x other than 0; beyond 2^40 every exponent overflows, underflows or meets 1
  adj_pow_size: `fn adj_pow_size(x: f32, b: f32) -> f32 {
  let log2 = adj_log2_pair(x);
  let inside = clamp(b, -1099511627776.0, 1099511627776.0);
  let b_head = adj_head(inside);
  return adj_exp2_pair(b_head * log2.x, (inside - b_head) * log2.x + inside * log2.y);
}`,
  adj_pow: `fn adj_pow(a: f32, b: f32) -> f32 {
  let x = abs(a);
  let whole = floor(b) == b;
  let odd = whole & (abs(b) < 16777216.0) & ((i32(clamp(b, -16777216.0, 16777216.0)) & 1) == 1);
  let infinite = bitcast<u32>(x) == 0x7f800000u;
  let vanishing = x == 0.0;
  let end = select(0.0, adj_inf(), infinite == (b > 0.0));
  let size = select(adj_pow_size(x, b), end, infinite | vanishing);
  let signed = select(size, -size, odd & (bitcast<u32>(a) >= 0x80000000u));
  let fraction = (a < 0.0) & !whole & !infinite;
  let real = select(signed, adj_nan(), fraction | adj_is_nan(a) | adj_is_nan(b));
  return select(real, 1.0, (b == 0.0) | (bitcast<u32>(a) == 0x3f800000u));
}`,
  // exact, by integers: the mantissa of a times a power of two, modulo that of b, eight bits at a time
  adj_rem: `fn adj_rem(a: f32, b: f32) -> f32 {
  let x = bitcast<u32>(a) & 0x7fffffffu;
  let y = bitcast<u32>(b) & 0x7fffffffu;
  if ((x >= 0x7f800000u) | (y > 0x7f800000u) | (y == 0u)) { return adj_nan(); }
  if (x < y) { return a; }
  let y_exponent = max(y >> 23u, 1u);
  var left = max(x >> 23u, 1u) - y_exponent;
  let m = (y & 0x7fffffu) | select(0u, 0x800000u, y >= 0x800000u);
  var r = ((x & 0x7fffffu) | select(0u, 0x800000u, x >= 0x800000u)) % m;
  while (left > 0u) {
    let step = min(left, 8u);
    r = (r << step) % m;
    left -= step;
  }
  let lead = countLeadingZeros(r) - 8u;
  let normal = ((r << lead) & 0x7fffffu) | ((y_exponent - lead) << 23u);
  let bits = select(r << (y_exponent - 1u), normal, y_exponent > lead);
  return adj_with_sign(bitcast<f32>(select(bits, 0u, r == 0u)), a);
}`,
  // a b + c rounded once but for rare ties: both rounding errors are added at the end (T. Dekker, 1971)
  adj_fma: `fn adj_fma(a: f32, b: f32, c: f32) -> f32 {
  let p = a * b;
  let a_head = adj_head(a);
  let a_rest = a - a_head;
  let b_head = adj_head(b);
  let b_rest = b - b_head;
  let p_rest = a_rest * b_rest - (((p - a_head * b_head) - a_rest * b_head) - a_head * b_rest);
  let s = p + c;
  let c_part = s - p;
  let s_rest = (p - (s - c_part)) + (c - c_part);
  let both = s + (s_rest + p_rest);
  return select(s, both, adj_is_finite(both));
}`,
};
