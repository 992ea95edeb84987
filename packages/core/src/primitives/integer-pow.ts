import { isFloat } from "../dtype.ts";
import { elementwiseVmap, mapElements } from "./elementwise.ts";
import { bindOne, only, type Primitive } from "./primitive.ts";
import { checkDomain } from "./unary.ts";

/** Parameters of `integerPow`. */
export type IntegerPowParams = { readonly exponent: number };

const wrappingPower = (base: number, exponent: number): number => {
  let result = 1;
  for (let i = 0; i < exponent; i++) result = Math.imul(result, base);
  return result;
};

/** Power with a static integer exponent; its derivative at 0 is finite, unlike that of `pow`. */
export const integerPowP: Primitive<IntegerPowParams> = {
  name: "integerPow",
  abstractEval: (inputs) => {
    const x = only(inputs);
    checkDomain("integerPow", "number", x.dtype);
    return [x];
  },
  evaluate: (inputs, { exponent }) => {
    const { dtype } = only(inputs);
    const fn = (x = 0): number => (isFloat(dtype) ? x ** exponent : wrappingPower(x, exponent));
    return [mapElements("integerPow", inputs, dtype, fn)];
  },
  vmap: (inputs, batched, params) =>
    elementwiseVmap(inputs, batched, (xs) => bindOne(integerPowP, xs, params)),
  jvp: (inputs, tangents, _outputs, { exponent }) => {
    const [t = null] = tangents;
    if (t === null || exponent === 0) return [null];
    return [
      t.mul(
        only(inputs)
          .pow(exponent - 1)
          .mul(exponent),
      ),
    ];
  },
};
