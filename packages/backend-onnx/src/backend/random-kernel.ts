import type { HostData } from "@adjoint/core/backend";
import { StepBuilder } from "../fuse/step-builder.ts";
import type {
  KernelAxes,
  KernelInput,
  KernelOutput,
  KernelProgram,
  KernelType,
} from "../wasm/kernel-program.ts";
import { type Kernel, loadKernels } from "../wasm/load-kernels.ts";
import { threefrySteps } from "../wasm/threefry-steps.ts";

/** A word of the counters: one for all, an array, or the place of each element, which needs no memory. */
export type CounterKind = "one" | "array" | "place";

/** Adds what is made of the two random words; gives the numbers and types of the results. */
export type WriteResults = (
  steps: StepBuilder,
  words: readonly [number, number],
) => readonly RandomResult[];

/** A result of a random kernel. */
export type RandomResult = { readonly value: number; readonly dtype: KernelType };

/** Operands of a run. */
export type RandomOperands = {
  /** Two words for each row, one row after the other in each array. */
  readonly keys: readonly [HostData, HostData];
  /** Counters of a row, the same for all: arrays, or arrays of one number; not read where the kind is `place`. */
  readonly counters: readonly [HostData, HostData];
};

/** A compiled kernel of random words: fills `results`, which hold the rows one after the other. */
export type RandomKernel = (operands: RandomOperands, results: readonly HostData[]) => void;

/** Bytes that all arrays of a kernel take together: what goes through it at a time stays in a near cache. */
const chunkBytes = 65536;

const single: KernelAxes = { blocks: false, rows: false, columns: false };
const whole: KernelAxes = { blocks: true, rows: true, columns: true };

const programOf = (
  kinds: readonly [CounterKind, CounterKind],
  write: WriteResults,
): { readonly program: KernelProgram; readonly results: readonly RandomResult[] } => {
  const axes = [single, single, ...kinds.map((kind) => (kind === "array" ? whole : single))];
  const inputs = axes.map((a): KernelInput => ({ dtype: "uint32", axes: a }));
  const builder = new StepBuilder(inputs);
  const counter = (i: number): number => {
    if (kinds[i] !== "place") return 2 + i;
    const column = builder.add({ op: "columnIndex" });
    const place = builder.add({ op: "bitcast", dtype: "uint32", args: [column] });
    return builder.add({ op: "add", args: [place, 2 + i] }); // the input is where the chunk begins
  };
  const words = threefrySteps((step) => builder.add(step), [0, 1, counter(0), counter(1)]);
  const results = write(builder, words);
  const outputs = results.map(({ value }): KernelOutput => ({ value, axes: whole }));
  return { program: { inputs, steps: builder.steps, outputs }, results };
};

const page = 65536;

type Compiled = { readonly kernel: Kernel; readonly buffer: ArrayBuffer };

/** The kernels that are compiled, by their programs. */
const compiled = new Map<string, Compiled>();

const compile = (program: KernelProgram, bytes: number): Compiled => {
  const key = JSON.stringify(program);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / page) });
  const { kernel } = loadKernels(memory, { kernel: program });
  const made = { kernel, buffer: memory.buffer };
  compiled.set(key, made);
  return made;
};

const viewOf = (buffer: ArrayBuffer, dtype: KernelType, at: number, length: number): HostData => {
  if (dtype === "bool") return new Uint8Array(buffer, at, length);
  if (dtype === "int32") return new Int32Array(buffer, at, length);
  return new (dtype === "uint32" ? Uint32Array : Float32Array)(buffer, at, length);
};

const widthOf = (dtype: KernelType): number => (dtype === "bool" ? 1 : 4);

/** Arrays that lie behind each other, `chunk` elements of each, after a first stretch for single words. */
const arraysIn = (
  types: readonly KernelType[],
): { readonly chunk: number; readonly places: readonly number[]; readonly end: number } => {
  const bytes = types.reduce((sum, type) => sum + widthOf(type), 0);
  const chunk = Math.floor(chunkBytes / bytes / 64) * 64;
  let end = 64;
  const places = types.map((type) => (end += widthOf(type) * chunk) - widthOf(type) * chunk);
  return { chunk, places, end };
};

const number = (data: HostData, i: number): number => data[i] ?? 0;

/** Compiles a kernel for counters of two kinds. */
export const randomKernel = (
  kinds: readonly [CounterKind, CounterKind],
  write: WriteResults,
): RandomKernel => {
  const { program, results } = programOf(kinds, write);
  const arrays = kinds.flatMap((kind, i) => (kind === "array" ? [i] : []));
  const types = [...arrays.map(() => "uint32" as const), ...results.map((r) => r.dtype)];
  const { chunk, places, end } = arraysIn(types);
  const { kernel, buffer } = compile(program, end);
  const words = new Uint32Array(buffer, 0, 4);
  const views = types.map((type, i) => viewOf(buffer, type, places[i] ?? 0, chunk));
  const counterPlaces = kinds.map((kind, i) =>
    kind === "array" ? (places[arrays.indexOf(i)] ?? 0) : 8 + 4 * i,
  );
  const addresses = [0, 4, ...counterPlaces, ...places.slice(arrays.length)];
  const setCounters = (counters: readonly HostData[], start: number, count: number): void => {
    arrays.forEach((counter, i) =>
      views[i]?.set((counters[counter] ?? words).subarray(start, start + count)),
    );
    kinds.forEach((kind, i) => {
      if (kind !== "array")
        words[2 + i] = kind === "place" ? start : number(counters[i] ?? words, 0);
    });
  };
  return ({ keys: [k0, k1], counters }, into) => {
    const rows = Math.max(k0.length, k1.length);
    const columns = (into[0]?.length ?? 0) / rows;
    for (let row = 0; row < rows; row++) {
      words[0] = number(k0, k0.length === 1 ? 0 : row);
      words[1] = number(k1, k1.length === 1 ? 0 : row);
      for (let start = 0; start < columns; start += chunk) {
        const count = Math.min(chunk, columns - start);
        setCounters(counters, start, count);
        kernel(1, 1, count, ...addresses);
        into.forEach((data, i) => {
          const made = views[arrays.length + i];
          if (made !== undefined) data.set(made.subarray(0, count), row * columns + start);
        });
      }
    }
  };
};
