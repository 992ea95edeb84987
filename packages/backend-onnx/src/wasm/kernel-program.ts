/** Element types a kernel reads, computes and writes; `bool` takes one byte in memory, the others four. */
export type KernelType = "float32" | "int32" | "uint32" | "bool";

/**
 * Which of the three loops of a kernel an array varies along.
 *
 * A kernel runs over (blocks, rows, columns). An array holds, densely and in this order, only the axes it varies along:
 * all three for a full array, `columns` for a bias, `blocks` and `rows` for one value a row, none for a scalar.
 */
export type KernelAxes = {
  readonly blocks: boolean;
  readonly rows: boolean;
  readonly columns: boolean;
};

/** An array that a kernel reads. */
export type KernelInput = { readonly dtype: KernelType; readonly axes: KernelAxes };

/** An array that a kernel writes. Along axes it does not vary along, float32 values are summed. */
export type KernelOutput = { readonly value: number; readonly axes: KernelAxes };

/** Operations on one number. */
export type KernelUnary =
  | "neg"
  | "abs"
  | "sqrt"
  | "rsqrt"
  | "exp"
  | "log"
  | "tanh"
  | "erf"
  | "logistic"
  | "floor"
  | "ceil"
  | "round"
  | "truncate"
  | "not";

/** Operations on two numbers of one type. */
export type KernelBinary =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "max"
  | "min"
  | "and"
  | "or"
  | "xor"
  | "shiftLeft"
  | "shiftRightLogical"
  | "shiftRightArithmetic";

/** Comparisons; the result is `bool`. */
export type KernelComparison =
  | "equal"
  | "notEqual"
  | "less"
  | "lessEqual"
  | "greater"
  | "greaterEqual";

/** Reductions of float32 over the columns of a row. */
export type KernelReduction = "rowSum" | "rowMax" | "rowMin";

/**
 * One scalar expression. Arguments are value numbers: first the inputs, then the steps in order.
 *
 * `round` rounds half to even. `max`, `min`, `rowMax` and `rowMin` of a NaN are NaN. Shifts by 32 or more give 0, or the
 * sign for the arithmetic one, and their amount must be the same along a row. Conversion from float32 to an integer
 * rounds toward zero, saturates, and turns NaN into 0. `bitcast` reads the 32 bits as another type.
 */
export type KernelStep =
  | { readonly op: "constant"; readonly dtype: KernelType; readonly value: number }
  | { readonly op: "columnIndex" }
  | { readonly op: KernelUnary; readonly args: readonly [number] }
  | { readonly op: KernelBinary | KernelComparison; readonly args: readonly [number, number] }
  | { readonly op: "select"; readonly args: readonly [number, number, number] }
  | {
      readonly op: "convert" | "bitcast";
      readonly dtype: KernelType;
      readonly args: readonly [number];
    }
  | { readonly op: KernelReduction; readonly args: readonly [number] };

/** A whole kernel: every output is computed in one call. */
export type KernelProgram = {
  readonly inputs: readonly KernelInput[];
  readonly steps: readonly KernelStep[];
  readonly outputs: readonly KernelOutput[];
};

/** A kernel program that breaks a typing rule. */
export class KernelProgramError extends Error {
  override readonly name = "KernelProgramError";
}
