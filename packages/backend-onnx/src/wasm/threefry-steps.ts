import type { KernelStep } from "./kernel-program.ts";

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
const parity = 0x1bd11bda;

/** Adds a step and gives the number of its value. */
export type AddStep = (step: KernelStep) => number;

/** Numbers of uint32 values: two words of the key and two of the counter. */
export type ThreefryArguments = readonly [k0: number, k1: number, x0: number, x1: number];

/**
 * Adds the steps of Threefry with 2 words of 32 bits and 20 rounds; gives the numbers of the two random words.
 * @see https://www.thesalmons.org/john/random123/papers/random123sc11.pdf
 */
export const threefrySteps = (
  add: AddStep,
  [k0, k1, x0, x1]: ThreefryArguments,
): readonly [number, number] => {
  const constant = (value: number): number => add({ op: "constant", dtype: "uint32", value });
  const sum = (a: number, b: number): number => add({ op: "add", args: [a, b] });
  const xor = (a: number, b: number): number => add({ op: "xor", args: [a, b] });
  const rotate = (x: number, count: number): number => {
    const left = add({ op: "shiftLeft", args: [x, constant(count)] });
    const right = add({ op: "shiftRightLogical", args: [x, constant(32 - count)] });
    return add({ op: "or", args: [left, right] });
  };
  const keys = [k0, k1, xor(xor(k0, k1), constant(parity))];
  let [a, b] = [sum(x0, k0), sum(x1, k1)];
  for (let group = 0; group < 5; group++) {
    for (const count of rotations[group % 2] ?? []) {
      a = sum(a, b);
      b = xor(rotate(b, count), a);
    }
    a = sum(a, keys[(group + 1) % 3] ?? 0);
    b = sum(b, sum(keys[(group + 2) % 3] ?? 0, constant(group + 1))); // the inner sum once a call
  }
  return [a, b];
};
