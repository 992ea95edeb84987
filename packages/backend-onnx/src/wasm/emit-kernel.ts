import { analyzeKernel, isReduction, type KernelValue, stepArguments } from "./analyze-kernel.ts";
import { type ArrayCursor, arrayCursor, type ColumnPosition } from "./array-cursor.ts";
import { asFloats, constantLanes, emitStep, isShift, type Lanes } from "./emit-step.ts";
import { type FunctionBuilder, functionBuilder, type WasmFunction } from "./function-builder.ts";
import { type Expr, getLocal, i32, i32x4, setLocal, whileLoop } from "./instructions.ts";
import type { KernelProgram, KernelStep } from "./kernel-program.ts";
import { accumulate, finishReduction, startReductions } from "./row-reduction.ts";
import { type VectorMath, vectorMath } from "./vector-math.ts";

/** Choices of a target that change a kernel's code. */
export type KernelTarget = {
  /** Use fused multiply-add of relaxed SIMD inside exp, log, tanh, erf and logistic. */
  readonly fusedMultiplyAdd: boolean;
};

type Emission = {
  readonly program: KernelProgram;
  readonly values: readonly KernelValue[];
  readonly builder: FunctionBuilder;
  readonly math: VectorMath;
  readonly inputs: readonly ArrayCursor[];
  readonly outputs: readonly ArrayCursor[];
  /** Values that do not vary along a row, once they are computed. */
  readonly uniform: Map<number, Lanes>;
  readonly stages: number;
};

/**
 * Writes a kernel as a function `(blocks, rows, columns, ...inputs, ...outputs)`: three lengths, then byte addresses.
 *
 * Columns run four at a time, the rest of a row one at a time with the same instructions, so a result does not depend on
 * its position. A row with reductions is passed over once per reduction depth; outputs are written by the last pass, so
 * an output may be the same memory as an input that varies along all three axes.
 *
 * @throws {KernelProgramError} when the program breaks a typing rule.
 */
export function emitKernel(program: KernelProgram, target: KernelTarget): WasmFunction {
  const values = analyzeKernel(program);
  const builder = functionBuilder(3 + program.inputs.length + program.outputs.length);
  const [blocks, rows, columns, ...addresses] = builder.parameters;
  if (blocks === undefined || rows === undefined || columns === undefined) return builder.finish();
  const shape = { blocks, rows, columns };
  const arrays = [
    ...program.inputs,
    ...program.outputs.map((output) => ({
      axes: output.axes,
      dtype: values[output.value]?.dtype ?? "float32",
    })),
  ];
  const cursors = addresses.flatMap((address, index) => {
    const array = arrays[index];
    return array === undefined ? [] : [arrayCursor(builder, shape, address, array)];
  });
  const emission: Emission = {
    program,
    values,
    builder,
    math: vectorMath(builder, target.fusedMultiplyAdd),
    inputs: cursors.slice(0, program.inputs.length),
    outputs: cursors.slice(program.inputs.length),
    uniform: new Map(),
    stages: Math.max(0, ...values.map((value) => value.stage)),
  };
  for (const cursor of emission.outputs) cursor.clear();
  emitUniform(emission, (value) => value.level === "call");
  emitLoop(builder, getLocal(blocks), () => {
    emitLoop(builder, getLocal(rows), () => {
      emitRow(emission, getLocal(columns));
      for (const cursor of cursors) cursor.nextRow();
    });
    for (const cursor of cursors) cursor.nextBlock();
  });
  return builder.finish();
}

function emitLoop(builder: FunctionBuilder, count: Expr<"i32">, write: () => void): void {
  const index = builder.local("i32");
  builder.emit(setLocal(index, i32.constant(0)));
  const body = builder.block(() => {
    write();
    builder.emit(setLocal(index, i32.add(getLocal(index), i32.constant(1))));
  });
  builder.emit(whileLoop(i32.lessThanUnsigned(getLocal(index), count), body));
}

function emitRow(emission: Emission, columns: Expr<"i32">): void {
  for (let stage = 0; stage <= emission.stages; stage++) {
    emitUniform(emission, (value) => value.level === "row" && value.stage === stage);
    emitPass(emission, stage, columns);
  }
  emission.program.outputs.forEach((output, index) => {
    const value = emission.uniform.get(output.value);
    if (output.axes.columns || value === undefined) return;
    emission.outputs[index]?.store(undefined, value);
  });
}

/** Computes the values outside the column loop that `isReady` names. */
function emitUniform(emission: Emission, isReady: (value: KernelValue) => boolean): void {
  const { program, values, builder, uniform } = emission;
  values.forEach((value, index) => {
    if (!isReady(value)) return;
    const step = program.steps[index - program.inputs.length];
    if (step !== undefined && isReduction(step)) return;
    const lanes =
      step === undefined
        ? emission.inputs[index]?.load(undefined)
        : emitValue(emission, step, uniform, undefined);
    if (lanes !== undefined) uniform.set(index, keepLanes(builder, lanes));
  });
}

/** One run over the columns of a row: reductions of this stage, and at the last stage the outputs. */
function emitPass(emission: Emission, stage: number, columns: Expr<"i32">): void {
  const { program, builder } = emission;
  const reductions = startReductions(builder, program, emission.values, stage);
  const isLast = stage === emission.stages;
  const written = program.outputs.flatMap((output, index) =>
    isLast && output.axes.columns ? [{ output, index }] : [],
  );
  if (reductions.length === 0 && written.length === 0) return;
  const needed = neededValues(emission, [
    ...reductions.flatMap(({ step }) => step.args),
    ...written.map(({ output }) => output.value),
  ]);
  const strides = reductions.length === 0 && needed.length >= longChain ? [together, 1] : [1];
  emitColumns(builder, columns, strides, (positions) => {
    const places = positions.map((position) => ({ position, lanes: new Map(emission.uniform) }));
    for (const index of needed) {
      const step = program.steps[index - program.inputs.length];
      for (const { position, lanes } of places) {
        const computed =
          step === undefined
            ? emission.inputs[index]?.load(position)
            : emitValue(emission, step, lanes, position);
        if (computed !== undefined) lanes.set(index, keepLanes(builder, computed));
      }
    }
    for (const { position, lanes } of places) {
      for (const reduction of reductions) {
        const lane = lanes.get(reduction.step.args[0]);
        if (lane !== undefined) accumulate(builder, reduction, position.wide, asFloats(lane));
      }
      for (const { output, index } of written) {
        const lane = lanes.get(output.value);
        if (lane !== undefined) emission.outputs[index]?.store(position, lane);
      }
    }
  });
  for (const reduction of reductions) {
    emission.uniform.set(reduction.value, finishReduction(builder, reduction));
  }
}

/** The values that vary along a row and lead to `targets`, in order. */
function neededValues(
  { program, values }: Emission,
  targets: readonly number[],
): readonly number[] {
  const needed = new Set<number>();
  const visit = (index: number): void => {
    if (needed.has(index) || values[index]?.level !== "element") return;
    const step = program.steps[index - program.inputs.length];
    if (step !== undefined) stepArguments(step).forEach(visit);
    needed.add(index);
  };
  targets.forEach(visit);
  return [...needed].sort((left, right) => left - right);
}

/** Values at an element from which on a kernel is one long chain, in which each instruction waits for the one before. */
const longChain = 64;

/**
 * Vectors that such a kernel computes side by side, so that one chain's instructions fill the waits of another. Random words
 * took 5.6 ns each with one, 4.1 with 3, 2.8 with 6, no less with 8 to 12.
 */
const together = 6;

/**
 * Writes `body` for each of `strides`, the number of vectors of four columns it takes at a time, and for one column at a
 * time. An output may be the same memory as an input, so `body` must load before it stores.
 */
function emitColumns(
  builder: FunctionBuilder,
  columns: Expr<"i32">,
  strides: readonly number[],
  body: (positions: readonly ColumnPosition[]) => void,
): void {
  const column = builder.local("i32");
  const index = getLocal(column);
  const loop = (limit: Expr<"i32">, step: number): void => {
    const block = builder.block(() => {
      body(positionsAt(builder, index, step));
      builder.emit(setLocal(column, i32.add(index, i32.constant(step))));
    });
    builder.emit(whileLoop(i32.lessThanUnsigned(index, limit), block));
  };
  builder.emit(setLocal(column, i32.constant(0)));
  for (const vectors of strides) {
    const step = vectors * 4;
    const limit = step === 4 ? i32.and(columns, i32.constant(-4)) : roundDown(columns, step);
    loop(builder.keep(limit), step);
  }
  loop(columns, 1);
}

const roundDown = (count: Expr<"i32">, step: number): Expr<"i32"> =>
  i32.mul(i32.divUnsigned(count, i32.constant(step)), i32.constant(step));

/** Where a round of `step` columns from `first` on is: at each of its vectors, or at one column. */
function positionsAt(
  builder: FunctionBuilder,
  first: Expr<"i32">,
  step: number,
): readonly ColumnPosition[] {
  return Array.from({ length: Math.ceil(step / 4) }, (_, vector) => {
    const column = vector === 0 ? first : builder.keep(i32.add(first, i32.constant(vector * 4)));
    const wordOffset = builder.keep(i32.shiftLeft(column, i32.constant(2)));
    return { wide: step >= 4, column, wordOffset };
  });
}

function emitValue(
  emission: Emission,
  step: KernelStep,
  lanes: ReadonlyMap<number, Lanes>,
  position: ColumnPosition | undefined,
): Lanes | undefined {
  const { values, builder, math } = emission;
  if (step.op === "constant") return hoist(builder, constantLanes(step.dtype, step.value));
  if (step.op === "columnIndex") return position && columnIndex(builder, position);
  if (isReduction(step)) return undefined;
  const args = step.args.flatMap((index) => lanes.get(index) ?? []);
  const dtype = values[step.args[0]]?.dtype ?? "float32";
  return emitStep(
    step,
    args,
    hasClearSign(emission, step) ? "int32" : dtype,
    math,
    amountOf(emission, step),
  );
}

/** How far a step shifts, where that is a constant below 32. */
function amountOf({ program }: Emission, step: KernelStep): number | undefined {
  const amount = isShift(step) ? program.steps[step.args[1] - program.inputs.length] : undefined;
  return amount?.op === "constant" && amount.value >= 0 && amount.value < 32
    ? amount.value
    : undefined;
}

/** Whether a step converts what a shift has freed of its highest bit: signed numbers convert in fewer instructions. */
function hasClearSign(emission: Emission, step: KernelStep): boolean {
  if (step.op !== "convert" || step.dtype !== "float32") return false;
  const made = emission.program.steps[step.args[0] - emission.program.inputs.length];
  return made?.op === "shiftRightLogical" && (amountOf(emission, made) ?? 0) > 0;
}

function columnIndex(builder: FunctionBuilder, { wide, column }: ColumnPosition): Lanes {
  const first = i32x4.splat(column);
  return wide ? i32x4.add(first, builder.constant(i32x4.lanes)) : first;
}

function hoist(builder: FunctionBuilder, lanes: Lanes): Lanes {
  return lanes.type === "f32x4" ? builder.constant(lanes) : builder.constant(lanes);
}

function keepLanes(builder: FunctionBuilder, lanes: Lanes): Lanes {
  return lanes.type === "f32x4" ? builder.keep(lanes) : builder.keep(lanes);
}
