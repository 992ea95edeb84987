import { binary, cast, like, test, unary, where } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import type { Value } from "./value.ts";

type G = GraphBuilder;

const field = (g: G, word: Value, shiftBy: number, mask: number): Value => {
  const moved =
    shiftBy === 0
      ? word
      : g.node("BitShift", [word, like(g, shiftBy, word)], word, {
          direction: { kind: "string", value: "RIGHT" },
        });
  return binary(g, "BitwiseAnd", moved, like(g, mask, word));
};

/** For each exponent field, the value of the lowest bit of the fraction; infinite for the field of infinities and NaNs. */
const steps = (): number[] =>
  Array.from({ length: 256 }, (_, e) =>
    e === 255 ? Number.POSITIVE_INFINITY : 2 ** (Math.max(e, 1) - 150),
  );

/**
 * Reads uint32 words as float32 by arithmetic, exactly, since ONNX has no operator for it: the step of the exponent
 * (from a table) times the fraction with its hidden bit.
 */
export const wordToFloat = (g: G, word: Value): Value => {
  const exponent = cast(g, field(g, word, 23, 0xff), "int32");
  const fraction = cast(g, field(g, word, 0, 0x7fffff), "float32");
  const gather = (table: readonly number[], index: Value): Value =>
    g.node("Gather", [g.constant("float32", table, [table.length]), index], {
      type: "float32",
      shape: index.shape,
    });
  const hidden = gather(
    steps().map((_, e) => (e === 0 || e === 255 ? 0 : 2 ** 23)),
    exponent,
  );
  const special = test(g, "Equal", exponent, like(g, 255, exponent));
  const isInfinite = test(g, "And", special, test(g, "Equal", fraction, like(g, 0, fraction)));
  const size = binary(g, "Mul", binary(g, "Add", fraction, hidden), gather(steps(), exponent));
  const magnitude = where(
    g,
    isInfinite,
    like(g, Number.POSITIVE_INFINITY, size),
    where(g, special, like(g, Number.NaN, size), size),
  );
  const sign = gather([1, -1], cast(g, field(g, word, 31, 1), "int32"));
  return binary(g, "Mul", magnitude, sign);
};

/** A positive number on its way into [2^23, 2^24), with the power of two taken out of it. */
type Scaled = { readonly size: Value; readonly exponent: Value };

const scaleDown = (g: G, { size, exponent }: Scaled, bits: number): Scaled => {
  const tooBig = test(g, "GreaterOrEqual", size, like(g, 2 ** (23 + bits), size));
  return {
    size: where(g, tooBig, binary(g, "Mul", size, like(g, 2 ** -bits, size)), size),
    exponent: where(g, tooBig, binary(g, "Add", exponent, like(g, bits, exponent)), exponent),
  };
};

const scaleUp = (g: G, { size, exponent }: Scaled, bits: number): Scaled => {
  const tooSmall = test(g, "Less", size, like(g, 2 ** (24 - bits), size));
  return {
    size: where(g, tooSmall, binary(g, "Mul", size, like(g, 2 ** bits, size)), size),
    exponent: where(g, tooSmall, binary(g, "Sub", exponent, like(g, bits, exponent)), exponent),
  };
};

const halvings = [64, 32, 16, 8, 4, 2, 1];
const doublings = [128, ...halvings];

/** The uint32 words of float32 values, by arithmetic in double precision, where every float32 is a normal number. */
export const floatToBits = (g: G, x: Value): Value => {
  const wide = cast(g, unary(g, "Abs", x), "float64");
  const start = { size: wide, exponent: like(g, 0, { ...wide, type: "int32" }) };
  const down = halvings.reduce((s, bits) => scaleDown(g, s, bits), start);
  const { size, exponent } = doublings.reduce((s, bits) => scaleUp(g, s, bits), down); // size in [2^23, 2^24)
  const biased = binary(g, "Add", exponent, like(g, 150, exponent));
  const isNormal = test(g, "Greater", biased, like(g, 0, biased));
  const normal = binary(
    g,
    "Add",
    binary(g, "Mul", cast(g, biased, "int64"), like(g, 2 ** 23, { ...x, type: "int64" })),
    binary(g, "Sub", cast(g, size, "int64"), like(g, 2 ** 23, { ...x, type: "int64" })),
  );
  const subnormal = cast(
    g,
    binary(g, "Mul", binary(g, "Mul", wide, like(g, 2 ** 75, wide)), like(g, 2 ** 74, wide)),
    "int64",
  );
  const finite = where(g, isNormal, normal, subnormal);
  const isNan = g.node("IsNaN", [x], { type: "bool", shape: x.shape });
  const isInfinite = test(g, "Equal", wide, like(g, Number.POSITIVE_INFINITY, wide));
  const word = where(
    g,
    isNan,
    like(g, 0x7fc00000, finite),
    where(g, isInfinite, like(g, 0x7f800000, finite), finite),
  );
  const inverse = unary(g, "Reciprocal", x);
  const negative = test(
    g,
    "Or",
    test(g, "Less", x, like(g, 0, x)),
    test(g, "Less", inverse, like(g, 0, x)),
  );
  return cast(
    g,
    where(g, negative, binary(g, "Add", word, like(g, 2 ** 31, word)), word),
    "uint32",
  );
};
