import { horner } from "../horner.ts";

const central = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503,
  -0.00417768164, 0.246640727, 1.50140941,
];
const tail = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
  0.00943887047, 1.00167406, 2.83297682,
];

/**
 * The error function and what follows from it. erfc(x) = exp(-x^2) g(x), with x^2 in two parts for the sake of the tail; (1 + 2 x) g
 * is a polynomial in (x - 2) / (x + 2), a minimax fit to 2^-26, by an idea of N. Juffa's.
 */
export const errorFunction: Readonly<Record<string, string>> = {
  // exp(x^2) erfc(x) for x from 0 to 10.2
  adj_erfcx: `fn adj_erfcx(x: f32) -> f32 {
  let p = (x - 2.0) / (x + 2.0);
  return ${horner(
    "p",
    [
      1.27697837, -0.0927639231, -0.166030973, 0.164054722, -0.0542072281, -0.00805843249,
      0.00863913819, 0.00131428591, -0.00123650732, -0.000403833285,
    ],
  )} / (1.0 + 2.0 * x);
}`,
  // erfc of x >= 0
  adj_erfc_right: `fn adj_erfc_right(x: f32) -> f32 {
  let v = min(x, 10.2);
  let head = adj_head(v);
  return adj_exp_parts(-head * head, (head - v) * (head + v), 0) * adj_erfcx(v);
}`,
  adj_erfc: `fn adj_erfc(x: f32) -> f32 {
  let y = adj_erfc_right(abs(x));
  return select(select(y, 2.0 - y, x < 0.0), x, adj_is_nan(x));
}`,
  adj_erf: `fn adj_erf(x: f32) -> f32 {
  let a = abs(x);
  let z = a * a;
  let near = a + a * ${horner(
    "z",
    [
      0.128379166, -0.376126289, 0.112836257, -0.0268557277, 0.00519237667, -0.000804915093,
      7.99256013e-5,
    ],
  )};
  let y = adj_with_sign(select(1.0 - adj_erfc_right(a), near, a < 0.92), x);
  return select(y, x, adj_is_nan(x));
}`,
  // half of erfc(|x| / sqrt 2) is the normal distribution function left of 0
  adj_gelu: `fn adj_gelu(x: f32) -> f32 {
  let v = min(abs(x), 14.4);
  let head = adj_head(v);
  let left = adj_exp_parts(-0.5 * head * head, 0.5 * (head - v) * (head + v), -1) * adj_erfcx(v * 0.707106781);
  return select(x * select(1.0 - left, left, x < 0.0), x, adj_is_nan(x));
}`,
  // (1 + tanh(u)) / 2 = 1 / (1 + exp(-2 u)) keeps the left tail
  adj_gelu_tanh: `fn adj_gelu_tanh(x: f32) -> f32 {
  return x / (1.0 + adj_exp(x * (-1.59576912 - 0.0713548163 * (x * x))));
}`,
  // M. Giles, "Approximating the erfinv function", 2012, as XLA computes it: the square must be rounded as there, so its
  // bits pass through a minimum that changes nothing
  adj_erf_inv: `fn adj_erf_inv(x: f32) -> f32 {
  let square = bitcast<f32>(min(bitcast<u32>(x * x), 0x7fc00000u));
  let w = -adj_log1p(-square);
  let v = select(sqrt(w) - 3.0, w - 2.5, w < 5.0);
  let y = select(${horner("v", tail.toReversed())}, ${horner("v", central.toReversed())}, w < 5.0) * x;
  return select(y, adj_with_sign(adj_inf(), x), abs(x) == 1.0);
}`,
};
