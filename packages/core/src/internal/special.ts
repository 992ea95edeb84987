const series = (x: number): number => {
  // 2/sqrt(pi) * exp(-x^2) * sum_n 2^n x^(2n+1) / (2n+1)!!, all terms of one sign
  let term = x;
  let sum = x;
  for (let n = 1; n < 200 && Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
};

const complementTail = (x: number): number => {
  // Continued fraction of erfc for x >= 3, evaluated backwards
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
};

/** Error function in double precision (Abramowitz and Stegun 7.1.6 and 7.1.14). */
export const erf = (x: number): number => {
  if (Number.isNaN(x)) return x;
  const magnitude = Math.abs(x);
  if (magnitude < 3) return series(x);
  return Math.sign(x) * (magnitude > 6 ? 1 : 1 - complementTail(magnitude));
};

/** 1 - erf(x) without cancellation for large x. */
export const erfc = (x: number): number => (x >= 3 ? (x > 27 ? 0 : complementTail(x)) : 1 - erf(x));

const tailGuess = (p: number): number => {
  // asymptotic start for Newton's method, p = 1 - |y| small
  const l = Math.sqrt(-2 * Math.log(p / 2));
  return (l - (2.30753 + 0.27061 * l) / (1 + 0.99229 * l + 0.04481 * l * l)) / Math.SQRT2;
};

/** Inverse error function in double precision: a rational start (Abramowitz and Stegun 26.2.22), then Halley steps. */
export const erfInv = (y: number): number => {
  if (Number.isNaN(y) || Math.abs(y) > 1) return Number.NaN;
  if (Math.abs(y) === 1) return y * Number.POSITIVE_INFINITY;
  if (y === 0) return y;
  const p = 1 - Math.abs(y);
  let x = tailGuess(p);
  for (let i = 0; i < 4; i++) {
    const error = p > 0.5 ? erf(x) - Math.abs(y) : p - erfc(x); // the same number, without cancellation
    const step = error / ((-2 / Math.sqrt(Math.PI)) * Math.exp(-x * x));
    x += step / (1 - x * step);
  }
  return Math.sign(y) * x;
};

const near: readonly number[] = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503,
  -0.00417768164, 0.246640727, 1.50140941,
];
const far: readonly number[] = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
  0.00943887047, 1.00167406, 2.83297682,
];

/**
 * Inverse error function in single precision, rounded step by step as XLA computes it, so that random numbers made with
 * it agree with JAX's (M. Giles, "Approximating the erfinv function", 2012).
 */
export const erfInvSingle = (y: number): number => {
  const f = Math.fround;
  const x = f(y);
  if (Math.abs(x) === 1) return x * Number.POSITIVE_INFINITY;
  const w = f(-f(Math.log1p(f(-f(x * x)))));
  const central = w < 5;
  const v = central ? f(w - 2.5) : f(f(Math.sqrt(w)) - 3);
  const [first = 0, ...rest] = (central ? near : far).map(f);
  return f(rest.reduce((sum, c) => f(c + sum * v), first) * x);
};
