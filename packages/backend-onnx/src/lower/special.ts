import { binary, like, test, unary, where } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { NoKernelError } from "./lowering.ts";
import type { Value } from "./value.ts";

type G = GraphBuilder;

const central = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503,
  -0.00417768164, 0.246640727, 1.50140941,
];
const tail = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
  0.00943887047, 1.00167406, 2.83297682,
];

const polynomial = (g: G, x: Value, coefficients: readonly number[]): Value => {
  const [first = 0, ...rest] = coefficients;
  return rest.reduce(
    (sum, c) => binary(g, "Add", binary(g, "Mul", sum, x), like(g, c, x)),
    like(g, first, x),
  );
};

/**
 * Inverse error function in single precision, infinite at -1 and 1.
 * @see Giles, "Approximating the erfinv function" (GPU Computing Gems, 2012)
 */
export const erfInv = (g: G, x: Value): Value => {
  if (x.type !== "float32") throw new NoKernelError("erfInv", x.type);
  const one = like(g, 1, x);
  const w = unary(
    g,
    "Neg",
    unary(g, "Log", binary(g, "Mul", binary(g, "Sub", one, x), binary(g, "Add", one, x))),
  );
  const inner = polynomial(g, binary(g, "Sub", w, like(g, 2.5, x)), central);
  const outer = polynomial(g, binary(g, "Sub", unary(g, "Sqrt", w), like(g, 3, x)), tail);
  const value = binary(g, "Mul", where(g, test(g, "Less", w, like(g, 5, x)), inner, outer), x);
  const edge = test(g, "Equal", unary(g, "Abs", x), one);
  return where(g, edge, binary(g, "Mul", x, like(g, Number.POSITIVE_INFINITY, x)), value);
};

/** Whether the sign bit of a float is set, -0 included (1 / -0 is negative). */
const isNegative = (g: G, x: Value): Value => {
  const zero = like(g, 0, x);
  const below = test(g, "Less", x, zero);
  const inverseBelow = test(g, "Less", unary(g, "Reciprocal", x), zero);
  return test(g, "Or", below, test(g, "And", test(g, "Equal", x, zero), inverseBelow));
};

/** Angle of the point (x, y), with the signs of zeros and infinities as in IEEE 754. */
export const atan2 = (g: G, y: Value, x: Value): Value => {
  if (x.type !== "float32") throw new NoKernelError("atan2", x.type);
  const [ay, ax] = [unary(g, "Abs", y), unary(g, "Abs", x)];
  const same = test(g, "Equal", ay, ax); // also where both are 0 or both infinite
  const ratio = where(g, same, like(g, 1, x), binary(g, "Div", ay, ax));
  const angle = unary(g, "Atan", ratio);
  const bothZero = test(g, "And", same, test(g, "Equal", ax, like(g, 0, x)));
  const acute = where(g, bothZero, like(g, 0, x), angle);
  const turned = where(g, isNegative(g, x), binary(g, "Sub", like(g, Math.PI, x), acute), acute);
  return where(g, isNegative(g, y), unary(g, "Neg", turned), turned);
};
