import { erfc } from "../internal/special.ts";
import type { Tensor } from "../tensor.ts";
import { elementwiseVmap, mapElements } from "./elementwise.ts";
import { maxP, minP } from "./binary.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";
import { checkDomain, erfP } from "./unary.ts";

/** Which GELU: exact with the error function, or the tanh approximation. */
export type GeluApproximation = "none" | "tanh";

/** Parameters of `gelu`. */
export type GeluParams = { readonly approximate: GeluApproximation };

const inner = Math.sqrt(2 / Math.PI);
const cubic = 0.044_715;

const exact = (x = 0): number => 0.5 * x * erfc(-x * Math.SQRT1_2); // erfc keeps the left tail accurate
const approximated = (x = 0): number => 0.5 * x * (1 + Math.tanh(inner * (x + cubic * x ** 3)));

/** Standard normal distribution function. */
const normalCdf = (x: Tensor): Tensor =>
  bindOne(erfP, [x.mul(Math.SQRT1_2)], {})
    .add(1)
    .mul(0.5);

const tanhPart = (x: Tensor): Tensor => x.mul(x).mul(cubic).add(1).mul(x).mul(inner).tanh();

const exactSlope = (x: Tensor): Tensor => {
  const density = x
    .mul(x)
    .mul(-0.5)
    .exp()
    .mul(1 / Math.sqrt(2 * Math.PI));
  return normalCdf(x).add(x.mul(density));
};

/** Beyond it the tanh is 1 in every dtype, and the slope 0 or 1; powers of x are not finite for ever. */
const flat = 10;

const near = (x: Tensor): Tensor => {
  const raised = bindOne(maxP, [x, x.literal(-flat, x.dtype)], {});
  return bindOne(minP, [raised, x.literal(flat, x.dtype)], {});
};

const tanhSlope = (far: Tensor): Tensor => {
  const x = near(far);
  const th = tanhPart(x);
  const bend = x
    .mul(x)
    .mul(3 * cubic)
    .add(1)
    .mul(x)
    .mul(0.5 * inner); // half x times the derivative of the argument
  return th.neg().add(1).mul(bend).add(0.5).mul(th.add(1));
};

/**
 * Gaussian error linear unit, x times the normal distribution function.
 * @see https://arxiv.org/abs/1606.08415
 */
export const geluP: Primitive<GeluParams> = {
  name: "gelu",
  abstractEval: (inputs) => {
    const x = only(inputs);
    checkDomain("gelu", "float", x.dtype);
    return [x];
  },
  evaluate: (inputs, { approximate }) => [
    mapElements("gelu", inputs, only(inputs).dtype, approximate === "none" ? exact : approximated),
  ],
  jvp: (inputs, [t = null], _outputs, { approximate }) => {
    if (t === null) return [null];
    const x = only(inputs);
    return [t.mul(approximate === "none" ? exactSlope(x) : tanhSlope(x))];
  },
  vmap: (inputs, batched, params) =>
    elementwiseVmap(inputs, batched, (xs) => bindOne(geluP, xs, params)),
  decompose: (inputs, { approximate }) => {
    const x = only(inputs);
    return [approximate === "none" ? normalCdf(x).mul(x) : tanhPart(x).add(1).mul(x).mul(0.5)];
  },
};
