import { horner } from "../horner.ts";

/**
 * The exponential and its kin. Polynomials are minimax fits, coefficients rounded to float32 one after the other. The
 * argument is reduced by multiples of ln 2 in two parts (Cody and Waite, "Software manual for the elementary
 * functions", 1980); the second product takes its factor through an integer, so that no compiler joins the two.
 */
export const exponential: Readonly<Record<string, string>> = {
  // y 2^e in two steps: 2^e alone need not be a float
  adj_scale: `fn adj_scale(y: f32, e: i32) -> f32 {
  let half = e >> 1u;
  return y * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((e - half + 127) << 23u);
}`,
  // e^r 2^k for r between -ln 2 / 2 and ln 2 / 2, relative error 2^-28
  adj_exp_core: `fn adj_exp_core(r: f32, k: i32) -> f32 {
  let p = ${horner("r", [0.49999994, 0.166665211, 0.0416682735, 0.00836868491, 0.00138201308])};
  return adj_scale(1.0 + (r + r * r * p), k);
}`,
  adj_exp: `fn adj_exp(x: f32) -> f32 {
  let inside = clamp(x, -107.0, 90.0);
  let n = round(inside * 1.442695041);
  let k = i32(n);
  let r = (inside - n * 0.693359375) + f32(k) * 2.1219444e-4;
  return select(adj_exp_core(r, k), x, adj_is_nan(x));
}`,
  // e^(x + low) 2^e, where low is small beside x
  adj_exp_parts: `fn adj_exp_parts(x: f32, low: f32, e: i32) -> f32 {
  let inside = clamp(x, -107.0, 90.0);
  let n = round((inside + low) * 1.442695041);
  let k = i32(n);
  let r = (inside - n * 0.693359375) + (f32(k) * 2.1219444e-4 + low);
  return select(adj_exp_core(r, k + e), x, adj_is_nan(x));
}`,
  // 2^k (e^r - 1) + 2^k - 1, with a polynomial to 2^-31 of e^r - 1
  adj_expm1: `fn adj_expm1(x: f32) -> f32 {
  let inside = clamp(x, -18.0, 90.0);
  let n = round(inside * 1.442695041);
  let k = i32(n);
  let r = (inside - n * 0.693359375) + f32(k) * 2.1219444e-4;
  let p = ${horner("r", [0.5, 0.166666657, 0.0416664928, 0.00833354425, 0.00139323401, 0.000197633999])};
  let rest = 1.0 - bitcast<f32>(max(127 - k, 0) << 23u);
  let y = adj_scale((r + r * r * p) + rest, k);
  return select(y, x, adj_is_nan(x) | (abs(x) < 1e-8));
}`,
  adj_logistic: `fn adj_logistic(x: f32) -> f32 {
  return 1.0 / (1.0 + adj_exp(-x));
}`,
};
