import { bitSelect, type Expr, f32x4, i32, i32x4, laneZero } from "./instructions.ts";
import { KernelProgramError, type KernelStep, type KernelType } from "./kernel-program.ts";
import type { VectorMath } from "./vector-math.ts";

/** A value in four lanes: float32, 32-bit integers, or a bool as a mask of all ones or all zeros. */
export type Lanes = Expr<"f32x4"> | Expr<"i32x4">;

/** Reads lanes as float32. */
export function asFloats(value: Lanes): Expr<"f32x4"> {
  return value.type === "f32x4" ? value : f32x4.fromBits(value);
}

/** Reads lanes as integers or masks. */
export function asIntegers(value: Lanes): Expr<"i32x4"> {
  return value.type === "i32x4" ? value : i32x4.fromBits(value);
}

/** The same number in every lane. */
export function constantLanes(dtype: KernelType, value: number): Lanes {
  if (dtype === "float32") return f32x4.constant(value);
  return i32x4.constant(dtype === "bool" ? (value === 0 ? 0 : -1) : value);
}

/** A step whose result at an element depends on its arguments there only. */
export type ElementStep = Exclude<
  KernelStep,
  { readonly op: "constant" | "columnIndex" | "rowSum" | "rowMax" | "rowMin" }
>;

/** The operations that shift bits. */
type ShiftOp = "shiftLeft" | "shiftRightLogical" | "shiftRightArithmetic";

/** Whether a step shifts the bits of its first argument by its second. */
export function isShift(
  step: KernelStep,
): step is { readonly op: ShiftOp; readonly args: readonly [number, number] } {
  return step.op.startsWith("shift");
}

/**
 * The lanes of a step, given those of its arguments and the type of the first. `amount` is how far a shift goes where that
 * is known and below 32, which is one instruction.
 */
export function emitStep(
  step: ElementStep,
  args: readonly Lanes[],
  dtype: KernelType,
  math: VectorMath,
  amount?: number,
): Lanes {
  const [first = i32x4.constant(0), second = first, third = second] = args;
  if (amount !== undefined && isShift(step))
    return plainShifts[step.op](asIntegers(first), i32.constant(amount));
  if (step.op === "select") return select(asIntegers(first), second, third);
  if (step.op === "convert") return convert(first, dtype, step.dtype);
  if (step.op === "bitcast") return step.dtype === "float32" ? asFloats(first) : asIntegers(first);
  if (dtype === "float32") return floatEmitter(step.op)(asFloats(first), asFloats(second), math);
  return integerEmitter(step.op, dtype === "uint32")(asIntegers(first), asIntegers(second));
}

function select(mask: Expr<"i32x4">, whenTrue: Lanes, whenFalse: Lanes): Lanes {
  if (whenTrue.type === "f32x4") return bitSelect(mask, whenTrue, asFloats(whenFalse));
  return bitSelect(mask, whenTrue, asIntegers(whenFalse));
}

const oneBits = i32x4.fromBits(f32x4.constant(1));

function convert(value: Lanes, from: KernelType, to: KernelType): Lanes {
  const lanes = asIntegers(value);
  if (from === to) return value;
  if (from === "float32") {
    if (to === "bool") return f32x4.notEqual(asFloats(value), f32x4.constant(0));
    return to === "int32"
      ? i32x4.truncateSigned(asFloats(value))
      : i32x4.truncateUnsigned(asFloats(value));
  }
  if (from === "bool") {
    return to === "float32"
      ? f32x4.fromBits(i32x4.and(lanes, oneBits))
      : i32x4.and(lanes, i32x4.constant(1));
  }
  if (to === "bool") return i32x4.notEqual(lanes, i32x4.constant(0));
  if (to === "float32")
    return from === "int32" ? f32x4.fromSigned(lanes) : f32x4.fromUnsigned(lanes);
  return lanes;
}

type ElementOp = Exclude<ElementStep["op"], "select" | "convert" | "bitcast">;
type FloatEmitter = (x: Expr<"f32x4">, y: Expr<"f32x4">, math: VectorMath) => Lanes;
type IntegerEmitter = (x: Expr<"i32x4">, y: Expr<"i32x4">) => Lanes;

const floatEmitters: Readonly<Partial<Record<ElementOp, FloatEmitter>>> = {
  neg: f32x4.neg,
  abs: f32x4.abs,
  sqrt: f32x4.sqrt,
  rsqrt: (x) => f32x4.div(f32x4.constant(1), f32x4.sqrt(x)),
  exp: (x, _, math) => math.exp(x),
  log: (x, _, math) => math.log(x),
  tanh: (x, _, math) => math.tanh(x),
  erf: (x, _, math) => math.erf(x),
  logistic: (x, _, math) => math.logistic(x),
  floor: f32x4.floor,
  ceil: f32x4.ceil,
  round: f32x4.nearest,
  truncate: f32x4.truncate,
  add: f32x4.add,
  sub: f32x4.sub,
  mul: f32x4.mul,
  div: f32x4.div,
  max: f32x4.max,
  min: f32x4.min,
  equal: f32x4.equal,
  notEqual: f32x4.notEqual,
  less: f32x4.lessThan,
  lessEqual: f32x4.lessEqual,
  greater: f32x4.greaterThan,
  greaterEqual: f32x4.greaterEqual,
};

const plainShifts: Readonly<
  Record<ShiftOp, (x: Expr<"i32x4">, amount: Expr<"i32">) => Expr<"i32x4">>
> = {
  shiftLeft: i32x4.shiftLeft,
  shiftRightLogical: i32x4.shiftRightUnsigned,
  shiftRightArithmetic: i32x4.shiftRightSigned,
};

const isBelow32 = (amount: Expr<"i32x4">): Expr<"i32x4"> =>
  i32x4.lessThanUnsigned(amount, i32x4.constant(32));

const integerEmitters: Readonly<Partial<Record<ElementOp, IntegerEmitter>>> = {
  neg: i32x4.neg,
  abs: i32x4.abs,
  not: i32x4.not,
  add: i32x4.add,
  sub: i32x4.sub,
  mul: i32x4.mul,
  max: i32x4.max,
  min: i32x4.min,
  and: i32x4.and,
  or: i32x4.or,
  xor: i32x4.xor,
  equal: i32x4.equal,
  notEqual: i32x4.notEqual,
  less: i32x4.lessThan,
  lessEqual: i32x4.lessEqual,
  greater: i32x4.greaterThan,
  greaterEqual: i32x4.greaterEqual,
  shiftLeft: (x, amount) => i32x4.and(i32x4.shiftLeft(x, laneZero(amount)), isBelow32(amount)),
  shiftRightLogical: (x, amount) =>
    i32x4.and(i32x4.shiftRightUnsigned(x, laneZero(amount)), isBelow32(amount)),
  shiftRightArithmetic: (x, amount) =>
    i32x4.shiftRightSigned(x, laneZero(i32x4.minUnsigned(amount, i32x4.constant(31)))),
};

const unsignedEmitters: Readonly<Partial<Record<ElementOp, IntegerEmitter>>> = {
  abs: (x) => x,
  max: i32x4.maxUnsigned,
  min: i32x4.minUnsigned,
  less: i32x4.lessThanUnsigned,
  lessEqual: i32x4.lessEqualUnsigned,
  greater: i32x4.greaterThanUnsigned,
  greaterEqual: i32x4.greaterEqualUnsigned,
};

function floatEmitter(op: ElementOp): FloatEmitter {
  return floatEmitters[op] ?? refuse(op, "float32");
}

function integerEmitter(op: ElementOp, unsigned: boolean): IntegerEmitter {
  return (
    (unsigned ? unsignedEmitters[op] : undefined) ?? integerEmitters[op] ?? refuse(op, "integers")
  );
}

function refuse(op: ElementOp, got: string): never {
  throw new KernelProgramError(`kernel: ${op} does not take ${got}; convert the argument.`);
}
