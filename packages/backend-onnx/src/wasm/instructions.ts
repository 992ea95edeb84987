import { floatBits, integerBits, signedLeb, unsignedLeb } from "./encoding.ts";

/** Types of values on the stack and in locals. `f32x4` and `i32x4` are both `v128`; keeping them apart catches slips. */
export type ValueType = "i32" | "f32x4" | "i32x4";

/** Types of four-lane vectors. */
export type LaneType = "f32x4" | "i32x4";

/** Instructions that leave one value of type `T` on the stack. */
export type Expr<T extends ValueType> = { readonly type: T; readonly code: readonly number[] };

/** Instructions that leave the stack as they found it. */
export type Statement = readonly number[];

/** A parameter or local variable of a function. */
export type Local<T extends ValueType> = { readonly type: T; readonly index: number };

type Unary<A extends ValueType, R extends ValueType> = (value: Expr<A>) => Expr<R>;
type Binary<A extends ValueType, R extends ValueType> = (left: Expr<A>, right: Expr<A>) => Expr<R>;

/** Reads a local. */
export function getLocal<T extends ValueType>(local: Local<T>): Expr<T> {
  return { type: local.type, code: [0x20, ...unsignedLeb(local.index)] };
}

/** Writes a local. */
export function setLocal<T extends ValueType>(local: Local<T>, value: Expr<T>): Statement {
  return [...value.code, 0x21, ...unsignedLeb(local.index)];
}

/** Repeats `body` while `condition` is non-zero, testing before each round. */
export function whileLoop(condition: Expr<"i32">, body: Statement): Statement {
  const exitUnless = [...condition.code, 0x45, 0x0d, 0x01];
  const loop = [0x03, 0x40, ...exitUnless, ...body, 0x0c, 0x00, 0x0b];
  return [0x02, 0x40, ...loop, 0x0b];
}

const scalar =
  (opcode: number): Binary<"i32", "i32"> =>
  (left, right) => ({ type: "i32", code: [...left.code, ...right.code, opcode] });

type ScalarInstructions = {
  readonly constant: (value: number) => Expr<"i32">;
} & Readonly<
  Record<
    "add" | "sub" | "mul" | "divUnsigned" | "and" | "shiftLeft" | "lessThanUnsigned",
    Binary<"i32", "i32">
  >
>;

/** Instructions on 32-bit scalars: addresses, counters and conditions. */
export const i32: ScalarInstructions = {
  constant: (value: number): Expr<"i32"> => ({ type: "i32", code: [0x41, ...signedLeb(value)] }),
  add: scalar(0x6a),
  sub: scalar(0x6b),
  mul: scalar(0x6c),
  divUnsigned: scalar(0x6e),
  and: scalar(0x71),
  shiftLeft: scalar(0x74),
  lessThanUnsigned: scalar(0x49),
};

/** The bytes of a vector instruction. */
export const simd = (opcode: number): readonly number[] => [0xfd, ...unsignedLeb(opcode)];

const unary =
  <A extends ValueType, R extends LaneType>(opcode: number, result: R): Unary<A, R> =>
  (value) => ({ type: result, code: [...value.code, ...simd(opcode)] });

const binary =
  <A extends ValueType, R extends LaneType>(opcode: number, result: R): Binary<A, R> =>
  (left, right) => ({ type: result, code: [...left.code, ...right.code, ...simd(opcode)] });

const shift =
  (opcode: number) =>
  (value: Expr<"i32x4">, count: Expr<"i32">): Expr<"i32x4"> => ({
    type: "i32x4",
    code: [...value.code, ...count.code, ...simd(opcode)],
  });

const splat = <T extends LaneType>(type: T, bits: readonly number[]): Expr<T> => ({
  type,
  code: [...simd(12), ...bits, ...bits, ...bits, ...bits],
});

type FloatInstructions = Readonly<
  Record<
    "equal" | "notEqual" | "lessThan" | "greaterThan" | "lessEqual" | "greaterEqual",
    Binary<"f32x4", "i32x4">
  > &
    Record<
      "add" | "sub" | "mul" | "div" | "min" | "max" | "lesser" | "greater",
      Binary<"f32x4", "f32x4">
    > &
    Record<
      "ceil" | "floor" | "truncate" | "nearest" | "abs" | "neg" | "sqrt",
      Unary<"f32x4", "f32x4">
    > &
    Record<"fromSigned" | "fromUnsigned", Unary<"i32x4", "f32x4">>
> & {
  readonly constant: (value: number) => Expr<"f32x4">;
  readonly fromBits: Unary<"i32x4", "f32x4">;
  readonly relaxedMultiplyAdd: (
    a: Expr<"f32x4">,
    b: Expr<"f32x4">,
    c: Expr<"f32x4">,
  ) => Expr<"f32x4">;
};

/** Instructions on four float32 lanes; comparisons give a mask of all ones or all zeros per lane. */
export const f32x4: FloatInstructions = {
  constant: (value: number): Expr<"f32x4"> => splat("f32x4", floatBits(value)),
  fromBits: (value: Expr<"i32x4">): Expr<"f32x4"> => ({ type: "f32x4", code: value.code }),
  equal: binary<"f32x4", "i32x4">(65, "i32x4"),
  notEqual: binary<"f32x4", "i32x4">(66, "i32x4"),
  lessThan: binary<"f32x4", "i32x4">(67, "i32x4"),
  greaterThan: binary<"f32x4", "i32x4">(68, "i32x4"),
  lessEqual: binary<"f32x4", "i32x4">(69, "i32x4"),
  greaterEqual: binary<"f32x4", "i32x4">(70, "i32x4"),
  ceil: unary<"f32x4", "f32x4">(103, "f32x4"),
  floor: unary<"f32x4", "f32x4">(104, "f32x4"),
  truncate: unary<"f32x4", "f32x4">(105, "f32x4"),
  nearest: unary<"f32x4", "f32x4">(106, "f32x4"),
  abs: unary<"f32x4", "f32x4">(224, "f32x4"),
  neg: unary<"f32x4", "f32x4">(225, "f32x4"),
  sqrt: unary<"f32x4", "f32x4">(227, "f32x4"),
  add: binary<"f32x4", "f32x4">(228, "f32x4"),
  sub: binary<"f32x4", "f32x4">(229, "f32x4"),
  mul: binary<"f32x4", "f32x4">(230, "f32x4"),
  div: binary<"f32x4", "f32x4">(231, "f32x4"),
  min: binary<"f32x4", "f32x4">(232, "f32x4"),
  max: binary<"f32x4", "f32x4">(233, "f32x4"),
  /** `right < left ? right : left`: one instruction where `min` takes many, and NaN on the left stays. */
  lesser: binary<"f32x4", "f32x4">(234, "f32x4"),
  /** `left < right ? right : left`: one instruction where `max` takes many, and NaN on the left stays. */
  greater: binary<"f32x4", "f32x4">(235, "f32x4"),
  fromSigned: unary<"i32x4", "f32x4">(250, "f32x4"),
  fromUnsigned: unary<"i32x4", "f32x4">(251, "f32x4"),
  /** `a * b + c`, rounded once on processors that can; needs relaxed SIMD. */
  relaxedMultiplyAdd: (a: Expr<"f32x4">, b: Expr<"f32x4">, c: Expr<"f32x4">): Expr<"f32x4"> => ({
    type: "f32x4",
    code: [...a.code, ...b.code, ...c.code, ...simd(0x105)],
  }),
};

type Shift = (value: Expr<"i32x4">, count: Expr<"i32">) => Expr<"i32x4">;

type IntegerInstructions = Readonly<
  Record<
    | "equal"
    | "notEqual"
    | "lessThan"
    | "lessThanUnsigned"
    | "greaterThan"
    | "greaterThanUnsigned"
    | "lessEqual"
    | "lessEqualUnsigned"
    | "greaterEqual"
    | "greaterEqualUnsigned"
    | "and"
    | "andNot"
    | "or"
    | "xor"
    | "add"
    | "sub"
    | "mul"
    | "min"
    | "minUnsigned"
    | "max"
    | "maxUnsigned",
    Binary<"i32x4", "i32x4">
  > &
    Record<"not" | "abs" | "neg", Unary<"i32x4", "i32x4">> &
    Record<"truncateSigned" | "truncateUnsigned", Unary<"f32x4", "i32x4">> &
    Record<"shiftLeft" | "shiftRightSigned" | "shiftRightUnsigned", Shift>
> & {
  readonly constant: (value: number) => Expr<"i32x4">;
  readonly splat: Unary<"i32", "i32x4">;
  readonly lanes: Expr<"i32x4">;
  readonly fromBits: Unary<"f32x4", "i32x4">;
};

/** Instructions on four 32-bit integer lanes. */
export const i32x4: IntegerInstructions = {
  constant: (value: number): Expr<"i32x4"> => splat("i32x4", integerBits(value)),
  splat: (value: Expr<"i32">): Expr<"i32x4"> => ({
    type: "i32x4",
    code: [...value.code, ...simd(17)],
  }),
  /** The constant (0, 1, 2, 3). */
  lanes: {
    type: "i32x4",
    code: [...simd(12), ...[0, 1, 2, 3].flatMap(integerBits)],
  },
  fromBits: (value: Expr<"f32x4">): Expr<"i32x4"> => ({ type: "i32x4", code: value.code }),
  equal: binary<"i32x4", "i32x4">(55, "i32x4"),
  notEqual: binary<"i32x4", "i32x4">(56, "i32x4"),
  lessThan: binary<"i32x4", "i32x4">(57, "i32x4"),
  lessThanUnsigned: binary<"i32x4", "i32x4">(58, "i32x4"),
  greaterThan: binary<"i32x4", "i32x4">(59, "i32x4"),
  greaterThanUnsigned: binary<"i32x4", "i32x4">(60, "i32x4"),
  lessEqual: binary<"i32x4", "i32x4">(61, "i32x4"),
  lessEqualUnsigned: binary<"i32x4", "i32x4">(62, "i32x4"),
  greaterEqual: binary<"i32x4", "i32x4">(63, "i32x4"),
  greaterEqualUnsigned: binary<"i32x4", "i32x4">(64, "i32x4"),
  not: unary<"i32x4", "i32x4">(77, "i32x4"),
  and: binary<"i32x4", "i32x4">(78, "i32x4"),
  /** `left` and not `right`. */
  andNot: binary<"i32x4", "i32x4">(79, "i32x4"),
  or: binary<"i32x4", "i32x4">(80, "i32x4"),
  xor: binary<"i32x4", "i32x4">(81, "i32x4"),
  abs: unary<"i32x4", "i32x4">(160, "i32x4"),
  neg: unary<"i32x4", "i32x4">(161, "i32x4"),
  shiftLeft: shift(171),
  shiftRightSigned: shift(172),
  shiftRightUnsigned: shift(173),
  add: binary<"i32x4", "i32x4">(174, "i32x4"),
  sub: binary<"i32x4", "i32x4">(177, "i32x4"),
  mul: binary<"i32x4", "i32x4">(181, "i32x4"),
  min: binary<"i32x4", "i32x4">(182, "i32x4"),
  minUnsigned: binary<"i32x4", "i32x4">(183, "i32x4"),
  max: binary<"i32x4", "i32x4">(184, "i32x4"),
  maxUnsigned: binary<"i32x4", "i32x4">(185, "i32x4"),
  /** Rounds toward zero; out of range saturates and NaN gives 0. */
  truncateSigned: unary<"f32x4", "i32x4">(248, "i32x4"),
  /** Rounds toward zero; out of range saturates and NaN gives 0. */
  truncateUnsigned: unary<"f32x4", "i32x4">(249, "i32x4"),
};

/** `whenTrue` where the mask's bits are set, `whenFalse` elsewhere. */
export function bitSelect<T extends LaneType>(
  mask: Expr<"i32x4">,
  whenTrue: Expr<T>,
  whenFalse: Expr<T>,
): Expr<T> {
  return {
    type: whenTrue.type,
    code: [...whenTrue.code, ...whenFalse.code, ...mask.code, ...simd(82)],
  };
}

/** Lane order `order[k]` of `value` at lane `k`. */
export function permuteLanes<T extends LaneType>(
  value: Expr<T>,
  order: readonly [number, number, number, number],
): Expr<T> {
  const bytes = order.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte));
  return { type: value.type, code: [...value.code, ...value.code, ...simd(13), ...bytes] };
}

/** The first lane. */
export function laneZero(value: Expr<"i32x4">): Expr<"i32"> {
  return { type: "i32", code: [...value.code, ...simd(27), 0] };
}
