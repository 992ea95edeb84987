import {
  type HostArray,
  type HostData,
  broadcastShapes,
  type Shape,
  sizeOf,
} from "@adjoint/core/backend";
import {
  type CounterKind,
  type RandomKernel,
  randomKernel,
  type RandomOperands,
  type WriteResults,
} from "./random-kernel.ts";

/** How random words are laid out: each row has a key, each column a counter. */
export type RandomLayout = {
  readonly shape: Shape;
  readonly rows: number;
  readonly columns: number;
};

/** Axes of `shape`, as many as `rank` with those of size 1 put in front, that have more than one element. */
const wideAxes = (shape: Shape, rank: number): readonly number[] =>
  shape.flatMap((size, i) => (size === 1 ? [] : [rank - shape.length + i]));

/**
 * The layout of words for operands (k0, k1, x0, x1) of these shapes: keys may vary along leading axes and counters along the
 * axes behind them. Undefined for anything else.
 */
export const randomLayout = (shapes: readonly Shape[]): RandomLayout | undefined => {
  const shape = broadcastShapes("threefry2x32", ...shapes);
  const axes = shapes.map((s) => wideAxes(s, shape.length));
  const along = (operands: readonly (readonly number[])[]): readonly number[] => [
    ...new Set(operands.flat()),
  ];
  const [keyAxes, counterAxes] = [along(axes.slice(0, 2)), along(axes.slice(2))];
  const isFull = (own: readonly number[], all: readonly number[]): boolean =>
    own.length === 0 || own.length === all.length;
  const isOrdered = Math.max(-1, ...keyAxes) < Math.min(shape.length, ...counterAxes);
  const fits = axes.every((own, i) => isFull(own, i < 2 ? keyAxes : counterAxes));
  const count = (of: readonly number[]): number =>
    of.reduce((total, axis) => total * (shape[axis] ?? 1), 1);
  if (!isOrdered || !fits || sizeOf(shape) === 0) return undefined;
  return { shape, rows: count(keyAxes), columns: count(counterAxes) };
};

const bothWords: WriteResults = (_add, words) =>
  words.map((value) => ({ value, dtype: "uint32" as const }));

const kernels = new Map<string, RandomKernel>();

const kernelFor = (kinds: readonly [CounterKind, CounterKind]): RandomKernel => {
  const key = kinds.join();
  const kernel = kernels.get(key) ?? randomKernel(kinds, bothWords);
  kernels.set(key, kernel);
  return kernel;
};

/** The operands of a run. */
export const randomOperands = ([k0, k1, x0, x1]: readonly HostData[]): RandomOperands => {
  const none = new Uint32Array(1);
  return { keys: [k0 ?? none, k1 ?? none], counters: [x0 ?? none, x1 ?? none] };
};

/** Random words for keys that vary along leading axes and counters along the others; undefined for other operands. */
export const threefry = (inputs: readonly HostArray[]): readonly HostArray[] | undefined => {
  const layout = randomLayout(inputs.map((x) => x.shape));
  if (layout === undefined) return undefined;
  const kindOf = (x: HostArray | undefined): CounterKind =>
    x?.data.length === 1 ? "one" : "array";
  const size = sizeOf(layout.shape);
  const words = [new Uint32Array(size), new Uint32Array(size)];
  const kernel = kernelFor([kindOf(inputs[2]), kindOf(inputs[3])]);
  kernel(randomOperands(inputs.map((x) => x.data)), words);
  return words.map((data) => ({ shape: layout.shape, dtype: "uint32", data }));
};
