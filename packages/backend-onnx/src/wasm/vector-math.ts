import type { FunctionBuilder } from "./function-builder.ts";
import { bitSelect, type Expr, f32x4, i32, i32x4 } from "./instructions.ts";

type Float4 = Expr<"f32x4">;
type Integer4 = Expr<"i32x4">;

/** Elementary functions on four float32 lanes, accurate to about 1e-7 relative; NaN stays NaN. */
export type VectorMath = {
  exp(x: Float4): Float4;
  log(x: Float4): Float4;
  tanh(x: Float4): Float4;
  erf(x: Float4): Float4;
  logistic(x: Float4): Float4;
};

/**
 * Writes elementary functions into `builder`, with fused multiply-add where `fused` allows it. Arguments must be cheap to
 * repeat, such as locals.
 *
 * Sources: `exp`, `log` and `tanh` reduce and approximate as Cephes does (S. Moshier, `expf.c`, `logf.c`, `tanhf.c`);
 * `erf` uses the two minimax polynomials of N. Juffa, https://stackoverflow.com/a/35148199.
 */
export function vectorMath(builder: FunctionBuilder, fused: boolean): VectorMath {
  const kit = mathKit(builder, fused);
  return {
    exp: (x) => exp(kit, x),
    log: (x) => log(kit, x),
    tanh: (x) => tanh(kit, x),
    erf: (x) => erf(kit, x),
    logistic: (x) => logistic(kit, x),
  };
}

type MathKit = {
  readonly keep: (value: Float4) => Float4;
  readonly keepInteger: (value: Integer4) => Integer4;
  readonly float: (value: number) => Float4;
  readonly integer: (value: number) => Integer4;
  readonly multiplyAdd: (a: Float4, b: Float4, c: Float4) => Float4;
};

function mathKit(builder: FunctionBuilder, fused: boolean): MathKit {
  return {
    keep: (value) => builder.keep(value),
    keepInteger: (value) => builder.keep(value),
    float: (value) => builder.constant(f32x4.constant(value)),
    integer: (value) => builder.constant(i32x4.constant(value)),
    multiplyAdd: (a, b, c) =>
      fused ? f32x4.relaxedMultiplyAdd(a, b, c) : f32x4.add(f32x4.mul(a, b), c),
  };
}

/** The polynomial with these coefficients, highest power first, by Estrin's scheme: the chain of dependent steps is short. */
function polynomial(
  { keep, float, multiplyAdd }: MathKit,
  x: Float4,
  coefficients: readonly number[],
): Float4 {
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
}

function powerOfTwo({ integer }: MathKit, n: Integer4): Float4 {
  return f32x4.fromBits(i32x4.shiftLeft(i32x4.add(n, integer(127)), i32.constant(23)));
}

function withSignOf({ integer }: MathKit, magnitude: Float4, sign: Float4): Float4 {
  const signBits = i32x4.and(i32x4.fromBits(sign), integer(0x80000000));
  return f32x4.fromBits(i32x4.or(i32x4.fromBits(magnitude), signBits));
}

/** ln(2) as a float32 of few bits, whose product with an exponent is exact, and what it lacks. */
const ln2High = 0.693359375;
const ln2Low = -2.1219444e-4;
/** Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits. */
const roundingShift = 1.5 * 2 ** 23;

const expCoefficients = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1,
  5.0000001201e-1,
];

/** exp(x) = 2^n exp(r), |r| <= ln(2)/2. The scale comes in two halves, so that n beyond the exponent range rounds right. */
function exp(kit: MathKit, value: Float4): Float4 {
  const { keep, keepInteger, float, multiplyAdd } = kit;
  const x = keep(f32x4.greater(f32x4.lesser(value, float(89)), float(-104)));
  const shifted = keep(multiplyAdd(x, float(Math.LOG2E), float(roundingShift)));
  const n = keep(f32x4.sub(shifted, float(roundingShift)));
  const r = keep(multiplyAdd(n, float(-ln2Low), multiplyAdd(n, float(-ln2High), x)));
  const tail = polynomial(kit, r, expCoefficients);
  const mantissa = f32x4.add(multiplyAdd(tail, f32x4.mul(r, r), r), float(1));
  const whole = keepInteger(
    i32x4.sub(i32x4.fromBits(shifted), i32x4.fromBits(float(roundingShift))),
  );
  const half = keepInteger(i32x4.shiftRightSigned(whole, i32.constant(1)));
  return keep(
    f32x4.mul(f32x4.mul(mantissa, powerOfTwo(kit, half)), powerOfTwo(kit, i32x4.sub(whole, half))),
  );
}

const logCoefficients = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
];
const bitsOfSqrtHalf = 0x3f3504f3;

/** log(x) = n ln(2) + log(1 + f), sqrt(1/2) <= 1 + f < sqrt(2); subnormal x is scaled up first. */
function log(kit: MathKit, x: Float4): Float4 {
  const { keep, keepInteger, float, integer, multiplyAdd } = kit;
  const tiny = keepInteger(f32x4.lessThan(x, float(2 ** -126)));
  const scaled = bitSelect(tiny, f32x4.mul(x, float(2 ** 23)), x);
  const bits = keepInteger(i32x4.sub(i32x4.fromBits(scaled), integer(bitsOfSqrtHalf)));
  const exponent = i32x4.sub(
    i32x4.shiftRightSigned(bits, i32.constant(23)),
    i32x4.and(tiny, integer(23)),
  );
  const n = keep(f32x4.fromSigned(exponent));
  const mantissa = i32x4.add(i32x4.and(bits, integer(0x007fffff)), integer(bitsOfSqrtHalf));
  const f = keep(f32x4.sub(f32x4.fromBits(mantissa), float(1)));
  const square = keep(f32x4.mul(f, f));
  const tail = f32x4.mul(f32x4.mul(polynomial(kit, f, logCoefficients), f), square);
  const low = multiplyAdd(square, float(-0.5), multiplyAdd(n, float(ln2Low), tail));
  const regular = keep(multiplyAdd(n, float(ln2High), f32x4.add(f, low)));
  const isRegular = i32x4.and(f32x4.greaterThan(x, float(0)), f32x4.lessThan(x, float(Infinity)));
  return keep(bitSelect(isRegular, regular, logOfSpecial(kit, x)));
}

/** log of zero, of negative numbers, of infinity and of NaN. */
function logOfSpecial({ float }: MathKit, x: Float4): Float4 {
  const ofNegative = bitSelect(f32x4.lessThan(x, float(0)), float(Number.NaN), x);
  return bitSelect(f32x4.equal(x, float(0)), float(-Infinity), ofNegative);
}

const tanhCoefficients = [
  -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1,
];

/** tanh(x) = 1 - 2 / (exp(2x) + 1), and an odd polynomial where that would cancel. */
function tanh(kit: MathKit, x: Float4): Float4 {
  const { keep, float, multiplyAdd } = kit;
  const magnitude = keep(f32x4.abs(x));
  const square = keep(f32x4.mul(x, x));
  const series = f32x4.mul(polynomial(kit, square, tanhCoefficients), square);
  const near = multiplyAdd(series, magnitude, magnitude);
  const grown = exp(kit, f32x4.add(magnitude, magnitude));
  const far = f32x4.sub(float(1), f32x4.div(float(2), f32x4.add(grown, float(1))));
  return keep(withSignOf(kit, bitSelect(f32x4.lessThan(magnitude, float(0.625)), near, far), x));
}

const erfNearCoefficients = [
  -5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1, -3.76125336e-1, 1.28379166e-1,
];
const erfFarCoefficients = [
  -1.7285347e-5, 3.83197126e-4, -3.88396438e-3, 2.42546219e-2, -1.06777877e-1, -6.34846687e-1,
  -1.28717512e-1,
];

/** erf(x) = 1 - exp(-x - x p(x)), and an odd polynomial where that would cancel. */
function erf(kit: MathKit, x: Float4): Float4 {
  const { keep, float, multiplyAdd } = kit;
  const magnitude = keep(f32x4.abs(x));
  const near = keep(
    multiplyAdd(polynomial(kit, keep(f32x4.mul(x, x)), erfNearCoefficients), magnitude, magnitude),
  );
  // erf rounds to 1 from 4 on, and the polynomial is only fitted up to there.
  const t = keep(f32x4.lesser(magnitude, float(4)));
  const exponent = multiplyAdd(polynomial(kit, t, erfFarCoefficients), t, f32x4.neg(t));
  const far = f32x4.sub(float(1), exp(kit, exponent));
  return keep(
    withSignOf(kit, bitSelect(f32x4.greaterThan(magnitude, float(0.927734375)), far, near), x),
  );
}

function logistic(kit: MathKit, x: Float4): Float4 {
  const { keep, float } = kit;
  return keep(f32x4.div(float(1), f32x4.add(float(1), exp(kit, f32x4.neg(x)))));
}
