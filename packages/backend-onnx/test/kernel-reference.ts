import type { KernelAxes, KernelProgram, KernelStep, KernelType } from "@adjoint/backend-onnx";

/** An array of a kernel, as plain numbers; bools are 0 and 1. */
export type Values = readonly number[];

type Shape = readonly [blocks: number, rows: number, columns: number];

/** Rounds to the type's range as a 32-bit kernel does. */
const settle: Readonly<Record<KernelType, (value: number) => number>> = {
  float32: Math.fround,
  int32: (value) => value | 0,
  uint32: (value) => value >>> 0,
  bool: (value) => (value === 0 ? 0 : 1),
};

/** erf by its series, and by a continued fraction where that converges slowly. */
export function erf(x: number): number {
  const t = Math.abs(x);
  if (Number.isNaN(x) || x === 0) return x;
  if (t > 6) return Math.sign(x);
  if (t < 2.5) {
    let [term, sum] = [t, t];
    for (let k = 1; k < 100; k++) {
      term *= (-t * t) / k;
      sum += term / (2 * k + 1);
    }
    return (Math.sign(x) * sum * 2) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let k = 80; k >= 1; k--) fraction = k / 2 / (t + fraction);
  return Math.sign(x) * (1 - Math.exp(-t * t) / Math.sqrt(Math.PI) / (t + fraction));
}

function roundHalfEven(x: number): number {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x;
  const floor = Math.floor(x);
  const up = x - floor > 0.5 || (x - floor === 0.5 && floor % 2 !== 0);
  return up ? (floor + 1 === 0 ? -0 : floor + 1) : Object.is(x, -0) ? x : floor;
}

/** What each unary operation means, in float64. */
export const unary: Readonly<Record<string, (x: number) => number>> = {
  neg: (x) => -x,
  abs: Math.abs,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  erf,
  logistic: (x) => 1 / (1 + Math.exp(-x)),
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  truncate: Math.trunc,
};

const shift = (
  x: number,
  amount: number,
  by: (x: number, amount: number) => number,
  beyond: number,
): number => (amount >>> 0 < 32 ? by(x, amount) : beyond);

/** What each operation on two numbers of one type means. */
export function binary(op: string, dtype: KernelType, x: number, y: number): number {
  switch (op) {
    case "add":
      return x + y;
    case "sub":
      return x - y;
    case "mul":
      return dtype === "float32" ? x * y : Math.imul(x, y);
    case "div":
      return x / y;
    case "max":
      return Math.max(x, y);
    case "min":
      return Math.min(x, y);
    case "and":
      return x & y;
    case "or":
      return x | y;
    case "xor":
      return x ^ y;
    case "shiftLeft":
      return shift(x, y, (a, b) => a << b, 0);
    case "shiftRightLogical":
      return shift(x, y, (a, b) => a >>> b, 0);
    case "shiftRightArithmetic":
      return shift(x, y, (a, b) => (a | 0) >> b, (x | 0) < 0 ? -1 : 0);
    case "equal":
      return Number(x === y);
    case "notEqual":
      return Number(x !== y);
    case "less":
      return Number(x < y);
    case "lessEqual":
      return Number(x <= y);
    case "greater":
      return Number(x > y);
    case "greaterEqual":
      return Number(x >= y);
    default:
      throw new Error(`no reference for ${op}`);
  }
}

function convert(x: number, from: KernelType, to: KernelType): number {
  if (from !== "float32" || to === "float32" || to === "bool") return settle[to](x);
  if (Number.isNaN(x)) return 0;
  const [low, high] = to === "int32" ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  return Math.trunc(Math.min(Math.max(x, low), high));
}

const comparisons = new Set(["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"]);

/** Index of an element in an array that varies along some axes only. */
export function indexIn(axes: KernelAxes, [, rows, columns]: Shape, [b, r, c]: Shape): number {
  const row = axes.rows ? (axes.blocks ? b : 0) * rows + r : axes.blocks ? b : 0;
  return axes.columns ? row * columns + c : row;
}

/** The length of an array that varies along some axes only. */
export function lengthOf(axes: KernelAxes, [blocks, rows, columns]: Shape): number {
  return (axes.blocks ? blocks : 1) * (axes.rows ? rows : 1) * (axes.columns ? columns : 1);
}

/** Runs a kernel program one element at a time; float32 sums are kept in float64. */
export function evaluateKernel(
  program: KernelProgram,
  shape: Shape,
  inputs: readonly Values[],
): readonly Values[] {
  const outputs = program.outputs.map(({ axes }) => Array<number>(lengthOf(axes, shape)).fill(0));
  for (let b = 0; b < shape[0]; b++) {
    for (let r = 0; r < shape[1]; r++) {
      const row = evaluateRow(program, shape, inputs, b, r);
      program.outputs.forEach(({ value, axes }, k) => {
        for (let c = 0; c < (axes.columns ? shape[2] : 1); c++) {
          const at = indexIn(axes, shape, [b, r, c]);
          const sums = !(axes.blocks && axes.rows);
          const element = row[value]!.values[c]!;
          outputs[k]![at] = sums ? outputs[k]![at]! + element : element;
        }
      });
    }
  }
  return outputs;
}

type Row = { readonly dtype: KernelType; readonly values: Values };

function evaluateRow(
  program: KernelProgram,
  shape: Shape,
  inputs: readonly Values[],
  b: number,
  r: number,
): readonly Row[] {
  const columns = Array.from({ length: shape[2] }, (_, c) => c);
  const row: Row[] = program.inputs.map(({ dtype, axes }, k) => ({
    dtype,
    values: columns.map((c) => inputs[k]![indexIn(axes, shape, [b, r, c])]!),
  }));
  for (const step of program.steps) row.push(evaluateStep(step, row, columns));
  return row;
}

function evaluateStep(step: KernelStep, row: readonly Row[], columns: readonly number[]): Row {
  if (step.op === "constant")
    return { dtype: step.dtype, values: columns.map(() => settle[step.dtype](step.value)) };
  if (step.op === "columnIndex") return { dtype: "int32", values: columns };
  const [x, y, z] = step.args.map((index) => row[index]!);
  const each = (dtype: KernelType, compute: (c: number) => number): Row => ({
    dtype,
    values: columns.map((c) => settle[dtype](compute(c))),
  });
  const whole = (value: number): Row => ({
    dtype: "float32",
    values: columns.map(() => Math.fround(value)),
  });
  if (step.op === "rowSum") return whole(x!.values.reduce((sum, value) => sum + value, 0));
  if (step.op === "rowMax") return whole(Math.max(...x!.values));
  if (step.op === "rowMin") return whole(Math.min(...x!.values));
  if (step.op === "select")
    return each(y!.dtype, (c) => (x!.values[c] === 0 ? z!.values[c]! : y!.values[c]!));
  if (step.op === "convert")
    return each(step.dtype, (c) => convert(x!.values[c]!, x!.dtype, step.dtype));
  if (step.op === "bitcast")
    return each(step.dtype, (c) => bitcast(x!.values[c]!, x!.dtype, step.dtype));
  if (step.op === "not")
    return each(x!.dtype, (c) => (x!.dtype === "bool" ? 1 - x!.values[c]! : ~x!.values[c]!));
  if (y === undefined) return each(x!.dtype, (c) => unary[step.op]!(x!.values[c]!));
  return each(comparisons.has(step.op) ? "bool" : x!.dtype, (c) =>
    binary(step.op, x!.dtype, x!.values[c]!, y.values[c]!),
  );
}

const arrays = {
  float32: Float32Array,
  int32: Int32Array,
  uint32: Uint32Array,
  bool: Uint8Array,
} as const;

function bitcast(x: number, from: KernelType, to: KernelType): number {
  return new arrays[to](arrays[from].of(x).buffer)[0]!;
}

/** Runs the compiled kernel on fresh memory and returns its outputs. */
export function runKernel(
  load: (
    memory: WebAssembly.Memory,
    programs: { readonly kernel: KernelProgram },
  ) => { readonly kernel: (...args: readonly number[]) => void },
  program: KernelProgram,
  shape: Shape,
  inputs: readonly Values[],
): readonly Values[] {
  const types = [
    ...program.inputs,
    ...program.outputs.map(({ value, axes }) => ({ axes, dtype: valueType(program, value) })),
  ];
  const memory = new WebAssembly.Memory({ initial: 16 });
  let top = 0;
  const placed = types.map(({ dtype, axes }, k) => {
    // Odd distances, so that neither alignment nor a neighbour's padding is relied upon.
    const array = new arrays[dtype](memory.buffer, top, lengthOf(axes, shape));
    top += Math.ceil(array.byteLength / 4) * 4 + 12;
    if (inputs[k] === undefined) array.fill(123);
    else array.set(inputs[k]);
    return array;
  });
  load(memory, { kernel: program }).kernel(...shape, ...placed.map((array) => array.byteOffset));
  return placed.slice(program.inputs.length).map((array) => [...array]);
}

function valueType(program: KernelProgram, index: number): KernelType {
  const input = program.inputs[index];
  if (input !== undefined) return input.dtype;
  const step = program.steps[index - program.inputs.length]!;
  if (step.op === "constant" || step.op === "convert" || step.op === "bitcast") return step.dtype;
  if (step.op === "columnIndex") return "int32";
  if (comparisons.has(step.op)) return "bool";
  return valueType(program, step.op === "select" ? step.args[1] : step.args[0]);
}
