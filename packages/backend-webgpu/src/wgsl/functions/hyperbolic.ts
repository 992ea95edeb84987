import { horner } from "../horner.ts";

/** Hyperbolic functions and their inverses: minimax polynomials near zero, exponentials and logarithms elsewhere. */
export const hyperbolic: Readonly<Record<string, string>> = {
  adj_sinh: `fn adj_sinh(x: f32) -> f32 {
  let a = abs(x);
  let z = a * a;
  let near = a + a * z * ${horner("z", [0.166666672, 0.00833331048, 0.000198428941, 2.78223001e-6])};
  let half = adj_exp_parts(a, 0.0, -1);
  return adj_with_sign(select(half - 0.25 / half, near, a < 1.0), x);
}`,
  adj_cosh: `fn adj_cosh(x: f32) -> f32 {
  let half = adj_exp_parts(abs(x), 0.0, -1);
  return half + 0.25 / half;
}`,
  adj_tanh: `fn adj_tanh(x: f32) -> f32 {
  let a = abs(x);
  let z = a * a;
  let near = a + a * z * ${horner("z", [-0.333332807, 0.133314058, -0.0537365153, 0.0206281673, -0.0056922962])};
  return adj_with_sign(select(1.0 - 2.0 / (adj_exp(2.0 * a) + 1.0), near, a < 0.625), x);
}`,
  // beyond 10^9 the logarithm of 2 |x|
  adj_asinh: `fn adj_asinh(x: f32) -> f32 {
  let a = abs(x);
  let z = a * a;
  let near = a + a * z * ${horner("z", [-0.166666433, 0.0749864206, -0.0443832949, 0.0281632487, -0.0132277394])};
  let huge = a > 1e9;
  let far = adj_log1p_plus(select(a + z / (1.0 + sqrt(z + 1.0)), a, huge), select(0.0, 0.693147181, huge));
  return adj_with_sign(select(far, near, a < 0.5), x);
}`,
  adj_acosh: `fn adj_acosh(x: f32) -> f32 {
  let t = x - 1.0;
  let huge = x > 1e9;
  let w = select(t + sqrt(t * (t + 2.0)), t, huge);
  let y = adj_log1p_plus(w, select(0.0, 0.693147181, huge));
  return select(y, adj_nan(), (x < 1.0) | adj_is_nan(x));
}`,
  adj_atanh: `fn adj_atanh(x: f32) -> f32 {
  let a = abs(x);
  let z = a * a;
  let near = a + a * z * ${horner("z", [0.333332986, 0.200026155, 0.142207593, 0.118415274, 0.0506473891, 0.177738845])};
  let far = 0.5 * adj_log1p(2.0 * a / (1.0 - a));
  let y = select(select(far, near, a < 0.5), adj_inf(), a == 1.0);
  return select(adj_with_sign(y, x), adj_nan(), (a > 1.0) | adj_is_nan(x));
}`,
};
