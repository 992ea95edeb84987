import type { KernelStep, KernelType } from "./kernel-program.ts";
import { bitSelect, type Expr, f32x4, i32x4, laneZero } from "./instructions.ts";
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

type ElementStep = Exclude<
  KernelStep,
  { readonly op: "constant" | "columnIndex" | "rowSum" | "rowMax" | "rowMin" }
>;

/** The lanes of a step, given those of its arguments and the type of the first. */
export function emitStep(
  step: ElementStep,
  args: readonly Lanes[],
  dtype: KernelType,
  math: VectorMath,
): Lanes {
  const [first = i32x4.constant(0), second = first, third = second] = args;
  if (step.op === "select") {
    const mask = asIntegers(first);
    return second.type === "f32x4"
      ? bitSelect(mask, second, asFloats(third))
      : bitSelect(mask, second, asIntegers(third));
  }
  if (step.op === "convert") return convert(first, dtype, step.dtype);
  if (step.op === "bitcast") return step.dtype === "float32" ? asFloats(first) : asIntegers(first);
  if (dtype === "float32") return floatStep(step.op, asFloats(first), asFloats(second), math);
  return integerStep(step.op, asIntegers(first), asIntegers(second), dtype === "uint32");
}

function convert(value: Lanes, from: KernelType, to: KernelType): Lanes {
  const lanes = asIntegers(value);
  if (from === to) return value;
  if (from === "float32") {
    if (to === "bool") return f32x4.notEqual(asFloats(value), f32x4.constant(0));
    return to === "int32"
      ? i32x4.truncateSigned(asFloats(value))
      : i32x4.truncateUnsigned(asFloats(value));
  }
  if (from === "bool")
    return to === "float32"
      ? f32x4.fromBits(i32x4.and(lanes, oneBits))
      : i32x4.and(lanes, i32x4.constant(1));
  if (to === "bool") return i32x4.notEqual(lanes, i32x4.constant(0));
  if (to === "float32")
    return from === "int32" ? f32x4.fromSigned(lanes) : f32x4.fromUnsigned(lanes);
  return lanes;
}

const oneBits = i32x4.fromBits(f32x4.constant(1));

type ElementOp = Exclude<ElementStep["op"], "select" | "convert" | "bitcast">;

function floatStep(op: ElementOp, x: Expr<"f32x4">, y: Expr<"f32x4">, math: VectorMath): Lanes {
  switch (op) {
    case "rsqrt":
      return f32x4.div(f32x4.constant(1), f32x4.sqrt(x));
    case "exp":
    case "log":
    case "tanh":
    case "erf":
    case "logistic":
      return math[op](x);
    case "round":
      return f32x4.nearest(x);
    case "neg":
    case "abs":
    case "sqrt":
    case "floor":
    case "ceil":
    case "truncate":
      return f32x4[op](x);
    case "add":
    case "sub":
    case "mul":
    case "div":
    case "max":
    case "min":
    case "equal":
    case "notEqual":
    case "lessEqual":
    case "greaterEqual":
      return f32x4[op](x, y);
    case "less":
      return f32x4.lessThan(x, y);
    case "greater":
      return f32x4.greaterThan(x, y);
    default:
      return i32x4.constant(0);
  }
}

function integerStep(op: ElementOp, x: Expr<"i32x4">, y: Expr<"i32x4">, unsigned: boolean): Lanes {
  switch (op) {
    case "abs":
      return unsigned ? x : i32x4.abs(x);
    case "neg":
    case "not":
      return i32x4[op](x);
    case "add":
    case "sub":
    case "mul":
    case "and":
    case "or":
    case "xor":
    case "equal":
    case "notEqual":
      return i32x4[op](x, y);
    case "max":
      return unsigned ? i32x4.maxUnsigned(x, y) : i32x4.max(x, y);
    case "min":
      return unsigned ? i32x4.minUnsigned(x, y) : i32x4.min(x, y);
    case "less":
      return unsigned ? i32x4.lessThanUnsigned(x, y) : i32x4.lessThan(x, y);
    case "lessEqual":
      return unsigned ? i32x4.lessEqualUnsigned(x, y) : i32x4.lessEqual(x, y);
    case "greater":
      return unsigned ? i32x4.greaterThanUnsigned(x, y) : i32x4.greaterThan(x, y);
    case "greaterEqual":
      return unsigned ? i32x4.greaterEqualUnsigned(x, y) : i32x4.greaterEqual(x, y);
    case "shiftLeft":
      return i32x4.and(i32x4.shiftLeft(x, laneZero(y)), isBelow32(y));
    case "shiftRightLogical":
      return i32x4.and(i32x4.shiftRightUnsigned(x, laneZero(y)), isBelow32(y));
    case "shiftRightArithmetic":
      return i32x4.shiftRightSigned(x, laneZero(i32x4.minUnsigned(y, i32x4.constant(31))));
    default:
      return i32x4.constant(0);
  }
}

function isBelow32(amount: Expr<"i32x4">): Expr<"i32x4"> {
  return i32x4.lessThanUnsigned(amount, i32x4.constant(32));
}
