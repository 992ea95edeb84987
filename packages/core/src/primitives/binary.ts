import { type DType, isFloat } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import { broadcastShapes } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { addTangents, elementwiseVmap, fit, mapElements, transposeEach } from "./elementwise.ts";
import { ArityError } from "./arity.ts";
import { bindOne, only, type Primitive, type Tangent, type TransposeInput } from "./primitive.ts";
import { checkDomain, type Domain, formatAvals, type NoParams } from "./unary.ts";

type Pair = readonly [Tensor, Tensor];
type Dtyped = (a: number, b: number, dtype: DType) => number;

type BinaryRule = {
  readonly name: string;
  readonly domain: Domain;
  readonly fn: Dtyped;
  readonly result?: DType;
  /** Tangent of the result; absent for step functions. */
  readonly jvp?: (tangents: readonly [Tangent, Tangent], operands: Pair, output: Tensor) => Tangent;
  /** Cotangents of linear operands. */
  readonly transpose?: (cotangent: Tensor, inputs: readonly TransposeInput[]) => readonly Tangent[];
};

const pair = <T>(operation: string, list: readonly T[]): readonly [T, T] => {
  const [a, b] = list;
  if (a === undefined || b === undefined) throw new ArityError(operation, 2, list.length);
  return [a, b];
};

const binary = (rule: BinaryRule): Primitive<NoParams> => {
  const primitive: Primitive<NoParams> = {
    name: rule.name,
    abstractEval: (inputs) => {
      const [a, b] = pair(rule.name, inputs);
      if (a.dtype !== b.dtype)
        throw new DTypeError({
          operation: rule.name,
          rule: "operands must have one dtype",
          got: formatAvals(inputs),
        });
      checkDomain(rule.name, rule.domain, a.dtype);
      return [
        { shape: broadcastShapes(rule.name, a.shape, b.shape), dtype: rule.result ?? a.dtype },
      ];
    },
    evaluate: (inputs) => {
      const [a] = pair(rule.name, inputs);
      const fn = (x = 0, y = 0): number => rule.fn(x, y, a.dtype);
      return [mapElements(rule.name, inputs, rule.result ?? a.dtype, fn)];
    },
    vmap: (inputs, batched) => elementwiseVmap(inputs, batched, (xs) => bindOne(primitive, xs, {})),
    jvp: (inputs, tangents, outputs) => {
      const [ta = null, tb = null] = tangents;
      return [
        rule.jvp === undefined ? null : rule.jvp([ta, tb], pair(rule.name, inputs), only(outputs)),
      ];
    },
    ...(rule.transpose === undefined ? {} : { transpose: transposeOf(rule.transpose) }),
  };
  return primitive;
};

const transposeOf =
  (rule: (cotangent: Tensor, inputs: readonly TransposeInput[]) => readonly Tangent[]) =>
  (cotangents: readonly Tangent[], inputs: readonly TransposeInput[]): readonly Tangent[] => {
    const cotangent = only(cotangents);
    return cotangent === null ? inputs.map(() => null) : rule(cotangent, inputs);
  };

const valueOf = (input: TransposeInput | undefined): Tensor => {
  if (input === undefined || input.linear) throw new ArityError("transpose", 1, 0);
  return input.value;
};

const times = (t: Tangent, factor: () => Tensor): Tangent => (t === null ? null : t.mul(factor()));

export const addP: Primitive<NoParams> = /* @__PURE__ */ binary({
  name: "add",
  domain: "number",
  fn: (a, b) => a + b,
  jvp: ([ta, tb], _operands, y) => fit(addTangents(ta, tb), y),
  transpose: (ct, inputs) => transposeEach(inputs, () => ct),
});
export const subP: Primitive<NoParams> = /* @__PURE__ */ binary({
  name: "sub",
  domain: "number",
  fn: (a, b) => a - b,
  jvp: ([ta, tb], _operands, y) =>
    fit(ta === null ? (tb?.neg() ?? null) : tb === null ? ta : ta.sub(tb), y),
  transpose: (ct, inputs) => transposeEach(inputs, (i) => (i === 0 ? ct : ct.neg())),
});
export const mulP: Primitive<NoParams> = /* @__PURE__ */ binary({
  name: "mul",
  domain: "number",
  fn: (a, b, dtype) => (isFloat(dtype) ? a * b : Math.imul(a, b)),
  jvp: ([ta, tb], [a, b], y) =>
    fit(
      addTangents(
        times(ta, () => b),
        times(tb, () => a),
      ),
      y,
    ),
  transpose: (ct, inputs) => transposeEach(inputs, (i) => ct.mul(valueOf(inputs[1 - i]))),
});
export const divP: Primitive<NoParams> = /* @__PURE__ */ binary({
  name: "div",
  domain: "number",
  fn: (a, b, dtype) => (isFloat(dtype) ? a / b : b === 0 ? -1 : Math.trunc(a / b)),
  jvp: ([ta, tb], [, b], y) =>
    fit(
      addTangents(
        ta?.div(b) ?? null,
        times(tb, () => y.div(b).neg()),
      ),
      y,
    ),
  transpose: (ct, inputs) => transposeEach(inputs, () => ct.div(valueOf(inputs[1]))),
});
/** Remainder with the sign of the dividend. */
export const remP: Primitive<NoParams> = /* @__PURE__ */ binary({
  name: "rem",
  domain: "number",
  fn: (a, b, dtype) => (!isFloat(dtype) && b === 0 ? a : a % b),
  jvp: ([ta, tb], [a, b], y) =>
    fit(
      addTangents(
        ta,
        times(tb, () => truncate(a.div(b)).neg()),
      ),
      y,
    ),
});
export const powP: Primitive<NoParams> = /* @__PURE__ */ binary({
  name: "pow",
  domain: "number",
  fn: (a, b, dtype) => (isFloat(dtype) ? power(a, b) : integerPower(a, b)),
  jvp: ([ta, tb], [a, b], y) =>
    fit(
      addTangents(
        // 0^0 is 1 around, so its slope is 0; elsewhere b = 0 stays smooth in b
        times(ta, () => b.mul(a.pow(b.equal(0).mul(a.equal(0)).where(1, b.sub(1))))),
        times(tb, () => y.mul(a.equal(0).where(1, a).log())),
      ),
      y,
    ),
});
export const atan2P: Primitive<NoParams> = /* @__PURE__ */ binary({
  name: "atan2",
  domain: "float",
  fn: Math.atan2,
  jvp: ([ta, tb], [a, b], y) => {
    const norm = (): Tensor => a.mul(a).add(b.mul(b));
    return fit(
      addTangents(
        times(ta, () => b.div(norm())),
        times(tb, () => a.div(norm()).neg()),
      ),
      y,
    );
  },
});

const extreme = (name: string, pick: (a: number, b: number) => number): Primitive<NoParams> =>
  binary({
    name,
    domain: "any",
    fn: (a, b) => pick(a, b), // Math.max takes any number of arguments
    // at a tie each operand gets half, as in JAX
    jvp: ([ta, tb], [a, b], y) => {
      const share = (x: Tensor, other: Tensor): Tensor =>
        x.equal(y).where(other.equal(y).where(0.5, 1), 0).cast(y.dtype);
      return fit(
        addTangents(
          times(ta, () => share(a, b)),
          times(tb, () => share(b, a)),
        ),
        y,
      );
    },
  });

/** Larger of two; NaN when either is NaN. */
export const maxP: Primitive<NoParams> = /* @__PURE__ */ extreme("max", Math.max);
/** Smaller of two; NaN when either is NaN. */
export const minP: Primitive<NoParams> = /* @__PURE__ */ extreme("min", Math.min);

const step = (name: string, domain: Domain, fn: Dtyped, result?: DType): Primitive<NoParams> =>
  binary({ name, domain, fn, ...(result === undefined ? {} : { result }) });

export const andP: Primitive<NoParams> = /* @__PURE__ */ step("and", "bits", (a, b) => a & b);
export const orP: Primitive<NoParams> = /* @__PURE__ */ step("or", "bits", (a, b) => a | b);
export const xorP: Primitive<NoParams> = /* @__PURE__ */ step("xor", "bits", (a, b) => a ^ b);
/** Shifts by 32 or more give 0 (or the sign, for the arithmetic right shift). */
export const shiftLeftP: Primitive<NoParams> = /* @__PURE__ */ step(
  "shiftLeft",
  "integer",
  (a, b) => (b >>> 0 > 31 ? 0 : a << b),
);
export const shiftRightLogicalP: Primitive<NoParams> = /* @__PURE__ */ step(
  "shiftRightLogical",
  "integer",
  (a, b) => (b >>> 0 > 31 ? 0 : a >>> b),
);
export const shiftRightArithmeticP: Primitive<NoParams> = /* @__PURE__ */ step(
  "shiftRightArithmetic",
  "integer",
  (a, b, dtype) => {
    const count = Math.min(b >>> 0, 31);
    return dtype === "uint32" ? (b >>> 0 > 31 ? 0 : a >>> count) : a >> count;
  },
);
export const equalP: Primitive<NoParams> = /* @__PURE__ */ step(
  "equal",
  "any",
  (a, b) => (a === b ? 1 : 0),
  "bool",
);
export const notEqualP: Primitive<NoParams> = /* @__PURE__ */ step(
  "notEqual",
  "any",
  (a, b) => (a === b ? 0 : 1),
  "bool",
);
export const lessP: Primitive<NoParams> = /* @__PURE__ */ step(
  "less",
  "any",
  (a, b) => (a < b ? 1 : 0),
  "bool",
);
export const lessEqualP: Primitive<NoParams> = /* @__PURE__ */ step(
  "lessEqual",
  "any",
  (a, b) => (a <= b ? 1 : 0),
  "bool",
);
export const greaterP: Primitive<NoParams> = /* @__PURE__ */ step(
  "greater",
  "any",
  (a, b) => (a > b ? 1 : 0),
  "bool",
);
export const greaterEqualP: Primitive<NoParams> = /* @__PURE__ */ step(
  "greaterEqual",
  "any",
  (a, b) => (a >= b ? 1 : 0),
  "bool",
);

const truncate = (x: Tensor): Tensor => x.sign().mul(x.abs().floor());

// JavaScript says NaN where IEEE 754 pow says 1
const power = (a: number, b: number): number =>
  a === 1 || b === 0 ? 1 : a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY ? 1 : a ** b;

function integerPower(base: number, exponent: number): number {
  if (exponent < 0) return base === 1 ? 1 : base === -1 ? (exponent % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  for (let b = base, e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = Math.imul(result, b);
    b = Math.imul(b, b);
  }
  return result;
}
