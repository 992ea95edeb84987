import { calls, type Rule } from "./rule.ts";

const gelu: Rule = (call) =>
  call.params["approximate"] === "tanh"
    ? calls("adj_gelu_tanh", 30)(call)
    : calls("adj_gelu", 45)(call);

/** Functions of floats: accurate ones of the library, and the builtins that WGSL requires to be exact or near it. */
export const functionsOfOne: Readonly<Record<string, Rule>> = {
  floor: calls("floor", 1),
  ceil: calls("ceil", 1),
  round: calls("round", 1),
  sqrt: calls("sqrt", 4),
  rsqrt: calls("inverseSqrt", 4),
  exp: calls("adj_exp", 15),
  expm1: calls("adj_expm1", 20),
  log: calls("adj_log", 20),
  log1p: calls("adj_log1p", 22),
  sin: calls("adj_sin", 25),
  cos: calls("adj_cos", 25),
  tan: calls("adj_tan", 28),
  asin: calls("adj_asin", 18),
  acos: calls("adj_acos", 18),
  atan: calls("adj_atan", 22),
  atan2: calls("adj_atan2", 30),
  sinh: calls("adj_sinh", 30),
  cosh: calls("adj_cosh", 22),
  tanh: calls("adj_tanh", 30),
  asinh: calls("adj_asinh", 45),
  acosh: calls("adj_acosh", 35),
  atanh: calls("adj_atanh", 40),
  logistic: calls("adj_logistic", 20),
  erf: calls("adj_erf", 50),
  erfc: calls("adj_erfc", 40),
  erfInv: calls("adj_erf_inv", 45),
  gelu,
};
