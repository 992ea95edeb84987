import {
  type KernelInput,
  type KernelOutput,
  type KernelProgram,
  KernelProgramError,
  type KernelReduction,
  type KernelStep,
  type KernelType,
} from "./kernel-program.ts";

/** What is known of a value before any code is written. */
export type KernelValue = {
  readonly dtype: KernelType;
  /** How often it changes: never, once a row, or at every element. */
  readonly level: "call" | "row" | "element";
  /** How many row reductions must be complete before it can be computed. */
  readonly stage: number;
};

/** The step of a row reduction. */
export type ReductionStep = Extract<KernelStep, { readonly op: KernelReduction }>;

/** Whether a step reduces a row. */
export function isReduction(step: KernelStep): step is ReductionStep {
  return step.op === "rowSum" || step.op === "rowMax" || step.op === "rowMin";
}

/** The value numbers a step reads. */
export function stepArguments(step: KernelStep): readonly number[] {
  return "args" in step ? step.args : [];
}

/**
 * Type, level and stage of every value, inputs first.
 *
 * @throws {KernelProgramError} when a step reads a later value, or its operation does not take the types it is given.
 */
export function analyzeKernel(program: KernelProgram): readonly KernelValue[] {
  const values: KernelValue[] = program.inputs.map(inputValue);
  for (const step of program.steps) values.push(stepValue(step, values));
  program.outputs.forEach((output) => checkOutput(output, valueAt(values, output.value, "output")));
  return values;
}

function inputValue({ dtype, axes }: KernelInput): KernelValue {
  const level = axes.columns ? "element" : axes.rows || axes.blocks ? "row" : "call";
  return { dtype, level, stage: 0 };
}

function valueAt(values: readonly KernelValue[], index: number, where: string): KernelValue {
  const value = values[index];
  if (value !== undefined) return value;
  throw new KernelProgramError(
    `kernel: ${where} must read an earlier value, got ${index} of ${values.length}; order the steps.`,
  );
}

function stepValue(step: KernelStep, values: readonly KernelValue[]): KernelValue {
  const args = stepArguments(step).map((index) => valueAt(values, index, step.op));
  const dtype = stepType(
    step,
    args.map((value) => value.dtype),
  );
  const stage = Math.max(0, ...args.map((value) => value.stage));
  if (isReduction(step)) return { dtype, level: "row", stage: stage + 1 };
  if (step.op === "columnIndex") return { dtype, level: "element", stage };
  if (step.op.startsWith("shift") && args[1]?.level === "element") {
    throw new KernelProgramError(
      `kernel: the amount of ${step.op} must not vary along a row; pass a scalar or a constant.`,
    );
  }
  const has = (level: KernelValue["level"]): boolean => args.some((value) => value.level === level);
  return { dtype, level: has("element") ? "element" : has("row") ? "row" : "call", stage };
}

const integers: readonly KernelType[] = ["int32", "uint32"];
const numbers: readonly KernelType[] = ["float32", ...integers];
const bits: readonly KernelType[] = [...integers, "bool"];
const floats: readonly KernelType[] = ["float32"];
const all: readonly KernelType[] = [...numbers, "bool"];

const accepted: Readonly<
  Record<Exclude<KernelStep["op"], "constant" | "columnIndex" | "select">, readonly KernelType[]>
> = {
  ...{ neg: numbers, abs: numbers, not: bits, convert: all, bitcast: numbers },
  ...{
    sqrt: floats,
    rsqrt: floats,
    exp: floats,
    log: floats,
    tanh: floats,
    erf: floats,
    logistic: floats,
  },
  ...{ floor: floats, ceil: floats, round: floats, truncate: floats },
  ...{ add: numbers, sub: numbers, mul: numbers, div: floats, max: numbers, min: numbers },
  ...{ and: bits, or: bits, xor: bits },
  ...{ shiftLeft: integers, shiftRightLogical: integers, shiftRightArithmetic: integers },
  ...{
    equal: all,
    notEqual: all,
    less: numbers,
    lessEqual: numbers,
    greater: numbers,
    greaterEqual: numbers,
  },
  ...{ rowSum: floats, rowMax: floats, rowMin: floats },
};

const comparisons: ReadonlySet<string> = new Set([
  "equal",
  "notEqual",
  "less",
  "lessEqual",
  "greater",
  "greaterEqual",
]);

function stepType(step: KernelStep, types: readonly KernelType[]): KernelType {
  if (step.op === "constant") return step.dtype;
  if (step.op === "columnIndex") return "int32";
  const [first = "bool", second = first, third = second] = types;
  if (step.op === "select") {
    if (first === "bool" && second === third) return second;
    throw new KernelProgramError(
      `kernel: select takes a bool and two values of one type, got ${types.join(", ")}; convert them.`,
    );
  }
  const takes = accepted[step.op];
  if (!takes.includes(first) || first !== second) {
    throw new KernelProgramError(
      `kernel: ${step.op} takes arguments of one type among ${takes.join(", ")}, got ${types.join(", ")}; convert them.`,
    );
  }
  if (step.op !== "convert" && step.op !== "bitcast")
    return comparisons.has(step.op) ? "bool" : first;
  if (step.op === "bitcast" && step.dtype === "bool") {
    throw new KernelProgramError("kernel: bitcast must keep 32 bits, got bool; use convert.");
  }
  return step.dtype;
}

function checkOutput(output: KernelOutput, value: KernelValue): void {
  const { blocks, rows, columns } = output.axes;
  if (!columns && value.level === "element") {
    throw new KernelProgramError(
      "kernel: an output without columns must be one value a row; reduce it with rowSum first.",
    );
  }
  if (!(blocks && rows) && value.dtype !== "float32") {
    throw new KernelProgramError(
      `kernel: only float32 outputs are summed over rows or blocks, got ${value.dtype}; convert it.`,
    );
  }
}
