import { horner } from "../horner.ts";

/** Inverse trigonometric functions, with the reductions of Cephes (S. Moshier) and minimax polynomials of our own. */
export const inverseTrigonometric: Readonly<Record<string, string>> = {
  // x between -tan(pi / 8) and tan(pi / 8), relative error 2^-30
  adj_atan_core: `fn adj_atan_core(x: f32) -> f32 {
  let z = x * x;
  return x + x * z * ${horner("z", [-0.333333164, 0.199985281, -0.14244391, 0.105991676, -0.0609004684])};
}`,
  adj_atan: `fn adj_atan(x: f32) -> f32 {
  let a = abs(x);
  let large = a > 2.41421356;
  let middle = a > 0.414213562;
  let t = select(a, select((a - 1.0) / (a + 1.0), -1.0 / a, large), middle);
  let base = select(0.0, select(0.785398163, 1.57079633, large), middle);
  return adj_with_sign(base + adj_atan_core(t), x);
}`,
  adj_atan2: `fn adj_atan2(y: f32, x: f32) -> f32 {
  let steep = abs(y) > abs(x);
  let top = max(abs(x), abs(y));
  // far from 1 a quotient may overflow on its way
  let scale = select(select(1.0, 5.421010862427522e-20, top > 1e19), 1.8446744073709552e19, top < 1e-19);
  let both = (bitcast<u32>(abs(x)) == 0x7f800000u) & (bitcast<u32>(abs(y)) == 0x7f800000u);
  let large = select(top * scale, 1.0, both);
  let small = select(min(abs(x), abs(y)) * scale, 1.0, both);
  let middle = small > 0.414213562 * large;
  let q = select(small, small - large, middle) / select(large, small + large, middle);
  let t = select(q, 0.0, (top == 0.0) | (small == 0.0));
  let first = select(0.0, 0.785398163, middle) + adj_atan_core(t);
  let second = select(first, 1.57079633 - first, steep);
  let third = select(second, 3.14159265 - second, bitcast<u32>(x) >= 0x80000000u);
  return select(adj_with_sign(third, y), adj_nan(), adj_is_nan(x) | adj_is_nan(y));
}`,
  // asin of the square root of z (s) for z up to 1/4, relative error 2^-27
  adj_asin_core: `fn adj_asin_core(s: f32, z: f32) -> f32 {
  return s + s * z * ${horner("z", [0.166667521, 0.0749530643, 0.0454697721, 0.0241807755, 0.0421664044])};
}`,
  adj_asin: `fn adj_asin(x: f32) -> f32 {
  let a = abs(x);
  let far = a > 0.5;
  let z = select(a * a, 0.5 - 0.5 * a, far);
  let p = adj_asin_core(select(a, sqrt(max(z, 0.0)), far), z);
  let y = select(p, 1.57079637 - (2.0 * p + 4.37113883e-8), far);
  return select(adj_with_sign(y, x), adj_nan(), (a > 1.0) | adj_is_nan(x));
}`,
  adj_acos: `fn adj_acos(x: f32) -> f32 {
  let a = abs(x);
  let far = a > 0.5;
  let z = select(a * a, 0.5 - 0.5 * a, far);
  let p = adj_asin_core(select(x, sqrt(max(z, 0.0)), far), z);
  let end = select(2.0 * p, 3.14159274 - (2.0 * p + 8.74227766e-8), x < 0.0);
  let y = select(1.57079637 - (p + 4.37113883e-8), end, far);
  return select(y, adj_nan(), (a > 1.0) | adj_is_nan(x));
}`,
};
