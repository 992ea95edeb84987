import type { Slab } from "./block.ts";

/** A place in GPU memory. */
export type Located = { readonly gpu: GPUBuffer; readonly offset: number };

/** Memory of one run of a program: where its inputs and results are, and what it works in. */
export type Frame = {
  readonly inputs: readonly Located[];
  /** Of the results that have storage of their own, in order. */
  readonly results: readonly Located[];
  readonly state: Located | undefined;
  readonly scratch: Located | undefined;
};

/** The start of a buffer. */
export const startOf = ({ gpu }: Slab): Located => ({ gpu, offset: 0 });

/** A place some bytes further. */
export const shifted = ({ gpu, offset }: Located, bytes: number): Located => ({
  gpu,
  offset: offset + bytes,
});

/** Whether two places are the same. */
export const isSamePlace = (a: Located, b: Located | undefined): boolean =>
  a.gpu === b?.gpu && a.offset === b.offset;
