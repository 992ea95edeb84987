import {
  type HostArray,
  type HostData,
  sameShape,
  type Shape,
  sizeOf,
} from "@adjoint/core/backend";
import type { KernelAxes, KernelProgram, KernelStep } from "../wasm/kernel-program.ts";
import { type Kernel, loadKernels } from "../wasm/load-kernels.ts";

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
const parity = 0x1bd11bda;

const whole: KernelAxes = { blocks: true, rows: true, columns: true };
const single: KernelAxes = { blocks: false, rows: false, columns: false };

/** Writes the steps of a kernel on uint32 values; a value is the number it has in the kernel. */
class WordSteps {
  readonly steps: KernelStep[] = [];
  readonly #inputs: number;

  constructor(inputs: number) {
    this.#inputs = inputs;
  }

  #add(step: KernelStep): number {
    this.steps.push(step);
    return this.#inputs + this.steps.length - 1;
  }

  constant(value: number): number {
    return this.#add({ op: "constant", dtype: "uint32", value });
  }

  sum(a: number, b: number): number {
    return this.#add({ op: "add", args: [a, b] });
  }

  xor(a: number, b: number): number {
    return this.#add({ op: "xor", args: [a, b] });
  }

  rotate(x: number, count: number): number {
    const left = this.#add({ op: "shiftLeft", args: [x, this.constant(count)] });
    const right = this.#add({ op: "shiftRightLogical", args: [x, this.constant(32 - count)] });
    return this.#add({ op: "or", args: [left, right] });
  }
}

/**
 * Threefry with 2 words of 32 bits and 20 rounds: operands are two key words and two arrays of counters.
 * @see https://www.thesalmons.org/john/random123/papers/random123sc11.pdf
 */
const threefryProgram = (): KernelProgram => {
  const write = new WordSteps(4);
  const keys = [0, 1, write.xor(write.xor(0, 1), write.constant(parity))];
  let [a, b] = [write.sum(2, 0), write.sum(3, 1)];
  for (let group = 0; group < 5; group++) {
    for (const count of rotations[group % 2] ?? []) {
      a = write.sum(a, b);
      b = write.xor(write.rotate(b, count), a);
    }
    a = write.sum(a, keys[(group + 1) % 3] ?? 0);
    b = write.sum(write.sum(b, keys[(group + 2) % 3] ?? 0), write.constant(group + 1));
  }
  const inputs = [single, single, whole, whole].map((axes) => ({ dtype: "uint32" as const, axes }));
  return { inputs, steps: write.steps, outputs: [a, b].map((value) => ({ value, axes: whole })) };
};

/** Elements that go through the kernel at a time: what stays in the nearest cache. */
const chunk = 2048;

/** The kernel with a memory of two key words and four chunks. */
type Threefry = { readonly kernel: Kernel; readonly words: Uint32Array };

let loaded: Threefry | undefined;

const load = (): Threefry => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { kernel } = loadKernels(memory, { kernel: threefryProgram() });
  return { kernel, words: new Uint32Array(memory.buffer) };
};

const first = 16;
const place = (i: number): number => first + i * chunk;

const run = (
  { kernel, words }: Threefry,
  x: readonly HostData[],
  y: readonly Uint32Array[],
): void => {
  const size = y[0]?.length ?? 0;
  const addresses = [0, 1, ...[0, 1, 2, 3].map(place)].map((word) => word * 4);
  for (let start = 0; start < size; start += chunk) {
    const count = Math.min(chunk, size - start);
    x.forEach((data, i) => {
      if (data.length === 1) words.fill(data[0] ?? 0, place(i), place(i) + count);
      else words.set(data.subarray(start, start + count), place(i));
    });
    kernel(1, 1, count, ...addresses);
    y.forEach((data, i) => data.set(words.subarray(place(i + 2), place(i + 2) + count), start));
  }
};

const isScalar = ({ shape }: HostArray): boolean => sizeOf(shape) === 1;

/** Shape that two arrays broadcast to, where at most one of them has more than one element or both have the same. */
const commonShape = (a: HostArray, b: HostArray): Shape | undefined => {
  if (sameShape(a.shape, b.shape)) return a.shape;
  if (isScalar(a) && a.shape.length <= b.shape.length) return b.shape;
  return isScalar(b) && b.shape.length <= a.shape.length ? a.shape : undefined;
};

/** Random words for scalar keys and counters of one shape, or one of them scalar; undefined for other operands. */
export const threefry = (inputs: readonly HostArray[]): readonly HostArray[] | undefined => {
  const [k0, k1, x0, x1] = inputs;
  if (k0 === undefined || k1 === undefined || x0 === undefined || x1 === undefined)
    return undefined;
  const shape = commonShape(x0, x1);
  if (shape === undefined || ![k0, k1].every((k) => isScalar(k) && k.shape.length <= shape.length))
    return undefined;
  loaded ??= load();
  loaded.words.set([k0.data[0] ?? 0, k1.data[0] ?? 0]);
  const y = [new Uint32Array(sizeOf(shape)), new Uint32Array(sizeOf(shape))];
  run(loaded, [x0.data, x1.data], y);
  return y.map((data) => ({ shape, dtype: "uint32", data }));
};
