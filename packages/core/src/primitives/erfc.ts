import { erfc } from "../internal/special.ts";
import type { Tensor } from "../tensor.ts";
import { elementwiseVmap, mapElements } from "./elementwise.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";
import { checkDomain, erfP, type NoParams } from "./unary.ts";

// Coefficients of erfc(x) = exp(-x^2) / x * P(1 / x^2) on [1, 2) and beyond (Cephes ndtrf, S. Moshier)
const middle: readonly number[] = [
  2.326819970068386e-2, -1.387039388740657e-1, 3.687424674597105e-1, -5.824733027278666e-1,
  6.210004621745983e-1, -4.944515323274145e-1, 3.404879937665872e-1, -2.741127028184656e-1,
  5.638259427386472e-1,
];
const tail: readonly number[] = [
  -1.047766399936249e1, 1.297719955372516e1, -7.495518717768503, 2.921019019210786,
  -1.0152652792027, 4.218463358204948e-1, -2.820767439740514e-1, 5.641895067754075e-1,
];

const polynomial = (x: Tensor, [first = 0, ...rest]: readonly number[]): Tensor =>
  rest.reduce((sum, c) => sum.mul(x).add(c), x.mul(0).add(first));

/** float32 accuracy from exp alone, for magnitudes of 1 and more. */
const farFromZero = (x: Tensor): Tensor => {
  const magnitude = x.abs();
  const safe = magnitude.less(1).where(1, magnitude); // 1 / x must stay finite in the branch not taken
  const q = x.literal(1, x.dtype).div(safe);
  const y = q.mul(q);
  const upper = safe
    .mul(safe)
    .neg()
    .exp()
    .mul(q)
    .mul(safe.less(2).where(polynomial(y, middle), polynomial(y, tail)));
  return x.less(0).where(upper.neg().add(2), upper);
};

/** Complementary error function; decomposes into float32-accurate arithmetic. */
export const erfcP: Primitive<NoParams> = {
  name: "erfc",
  abstractEval: (inputs) => {
    const x = only(inputs);
    checkDomain("erfc", "float", x.dtype);
    return [x];
  },
  evaluate: (inputs) => [mapElements("erfc", inputs, only(inputs).dtype, (x = 0) => erfc(x))],
  vmap: (inputs, batched) => elementwiseVmap(inputs, batched, (xs) => bindOne(erfcP, xs, {})),
  jvp: (inputs, tangents) => {
    const x = only(inputs);
    return [
      tangents[0]?.mul(
        x
          .mul(x)
          .neg()
          .exp()
          .mul(-2 / Math.sqrt(Math.PI)),
      ) ?? null,
    ];
  },
  decompose: (inputs) => {
    const x = only(inputs);
    return [
      x
        .abs()
        .less(1)
        .where(bindOne(erfP, [x], {}).neg().add(1), farFromZero(x)),
    ];
  },
};
