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
