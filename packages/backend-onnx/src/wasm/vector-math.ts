import type { FunctionBuilder } from "./function-builder.ts";
import { bitSelect, type Expr, f32x4, i32, i32x4 } from "./instructions.ts";

type Float4 = Expr<"f32x4">;

/** Elementary functions on four float32 lanes, accurate to about 1e-7 relative; NaN stays NaN. */
export type VectorMath = {
  exp(x: Float4): Float4;
  log(x: Float4): Float4;
  tanh(x: Float4): Float4;
  erf(x: Float4): Float4;
  logistic(x: Float4): Float4;
};

/**
 * Writes elementary functions into `builder`, with fused multiply-add where `fused` allows it.
 *
 * Sources: `exp`, `log` and `tanh` reduce and approximate as Cephes does (S. Moshier, `expf.c`, `logf.c`, `tanhf.c`);
 * `erf` uses the two minimax polynomials of N. Juffa, https://stackoverflow.com/a/35148199.
 */
export function vectorMath(builder: FunctionBuilder, fused: boolean): VectorMath {
  const keep = (value: Float4): Float4 => builder.keep(value);
  const float = (value: number): Float4 => builder.constant(f32x4.constant(value));
  const integer = (value: number): Expr<"i32x4"> => builder.constant(i32x4.constant(value));
  const multiplyAdd = (a: Float4, b: Float4, c: Float4): Float4 =>
    fused ? f32x4.relaxedMultiplyAdd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
  // Estrin's scheme: pairs first, so that a chain of dependent operations is short.
  const polynomial = (x: Float4, coefficients: readonly number[]): Float4 => {
    let terms = coefficients.map(float);
    for (let power = x; terms.length > 1; power = keep(f32x4.mul(power, power))) {
      const odd = terms.length % 2;
      terms = terms.flatMap((term, index) => {
        if (index < odd) return [term];
        const next = terms[index + 1];
        return (index - odd) % 2 === 1 || next === undefined
          ? []
          : [keep(multiplyAdd(term, power, next))];
      });
    }
    return terms[0] ?? float(0);
  };
  const powerOfTwo = (n: Expr<"i32x4">): Float4 =>
    f32x4.fromBits(i32x4.shiftLeft(i32x4.add(n, integer(127)), i32.constant(23)));
  const withSignOf = (magnitude: Float4, sign: Float4): Float4 =>
    f32x4.fromBits(
      i32x4.or(i32x4.fromBits(magnitude), i32x4.and(i32x4.fromBits(sign), integer(0x80000000))),
    );

  // exp(x) = 2^n exp(r), |r| <= ln(2)/2. Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits. The scale is
  // applied in two halves so that n beyond the exponent range still rounds right.
  const exp = (value: Float4): Float4 => {
    const x = keep(f32x4.greater(f32x4.lesser(value, float(89)), float(-104)));
    const shifted = keep(multiplyAdd(x, float(Math.LOG2E), float(roundingShift)));
    const n = keep(f32x4.sub(shifted, float(roundingShift)));
    const r = keep(multiplyAdd(n, float(2.1219444e-4), multiplyAdd(n, float(-0.693359375), x)));
    const mantissa = f32x4.add(
      multiplyAdd(polynomial(r, expCoefficients), f32x4.mul(r, r), r),
      float(1),
    );
    const whole = builder.keep(
      i32x4.sub(i32x4.fromBits(shifted), i32x4.fromBits(float(roundingShift))),
    );
    const half = builder.keep(i32x4.shiftRightSigned(whole, i32.constant(1)));
    return keep(
      f32x4.mul(f32x4.mul(mantissa, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half))),
    );
  };

  // log(x) = n ln(2) + log(m), sqrt(1/2) <= m < sqrt(2); subnormal x is scaled up first.
  const log = (x: Float4): Float4 => {
    const tiny = builder.keep(f32x4.lessThan(x, float(2 ** -126)));
    const scaled = bitSelect(tiny, f32x4.mul(x, float(2 ** 23)), x);
    const bits = builder.keep(i32x4.sub(i32x4.fromBits(scaled), integer(0x3f3504f3)));
    const exponent = i32x4.sub(
      i32x4.shiftRightSigned(bits, i32.constant(23)),
      i32x4.and(tiny, integer(23)),
    );
    const n = keep(f32x4.fromSigned(exponent));
    const mantissa = i32x4.add(i32x4.and(bits, integer(0x007fffff)), integer(0x3f3504f3));
    const f = keep(f32x4.sub(f32x4.fromBits(mantissa), float(1)));
    const square = keep(f32x4.mul(f, f));
    const tail = f32x4.mul(f32x4.mul(polynomial(f, logCoefficients), f), square);
    const low = multiplyAdd(n, float(-2.1219444e-4), tail);
    const small = f32x4.add(f, multiplyAdd(square, float(-0.5), low));
    const result = keep(multiplyAdd(n, float(0.693359375), small));
    const special = keep(specialLog(x, float));
    const regular = i32x4.and(f32x4.greaterThan(x, float(0)), f32x4.lessThan(x, float(Infinity)));
    return keep(bitSelect(regular, result, special));
  };

  const tanh = (x: Float4): Float4 => {
    const magnitude = keep(f32x4.abs(x));
    const square = keep(f32x4.mul(x, x));
    // The sign is put back for -0, which the sum loses.
    const near = withSignOf(
      multiplyAdd(f32x4.mul(polynomial(square, tanhCoefficients), square), x, x),
      x,
    );
    const grown = exp(f32x4.add(magnitude, magnitude));
    const far = withSignOf(f32x4.sub(float(1), f32x4.div(float(2), f32x4.add(grown, float(1)))), x);
    return keep(bitSelect(f32x4.lessThan(magnitude, float(0.625)), near, far));
  };

  const erf = (x: Float4): Float4 => {
    const magnitude = keep(f32x4.abs(x));
    const square = keep(f32x4.mul(x, x));
    const near = keep(multiplyAdd(polynomial(square, erfNearCoefficients), x, x));
    // erf rounds to 1 from 4 on, and the polynomial is only fitted up to there.
    const t = keep(f32x4.lesser(magnitude, float(4)));
    const exponent = multiplyAdd(polynomial(t, erfFarCoefficients), t, f32x4.neg(t));
    const far = withSignOf(f32x4.sub(float(1), exp(exponent)), x);
    return keep(bitSelect(f32x4.greaterThan(magnitude, float(0.927734375)), far, near));
  };

  const logistic = (x: Float4): Float4 =>
    keep(f32x4.div(float(1), f32x4.add(float(1), exp(f32x4.neg(x)))));

  return { exp, log, tanh, erf, logistic };
}

/** log of zero, of negative numbers, of infinity and of NaN. */
function specialLog(x: Float4, float: (value: number) => Float4): Float4 {
  const isZero = f32x4.equal(x, float(0));
  const isNegative = f32x4.lessThan(x, float(0));
  const negative = bitSelect(isNegative, float(Number.NaN), x);
  return bitSelect(isZero, float(-Infinity), negative);
}

const roundingShift = 1.5 * 2 ** 23;
const expCoefficients = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1,
  5.0000001201e-1,
];
const logCoefficients = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
];
const tanhCoefficients = [
  -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1,
];
const erfNearCoefficients = [
  -5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1, -3.76125336e-1, 1.28379166e-1,
];
const erfFarCoefficients = [
  -1.7285347e-5, 3.83197126e-4, -3.88396438e-3, 2.42546219e-2, -1.06777877e-1, -6.34846687e-1,
  -1.28717512e-1,
];
