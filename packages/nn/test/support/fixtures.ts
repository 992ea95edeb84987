import { readFileSync } from "node:fs";
import { type DType, fromData, type Tensor, tensor } from "@adjoint/core";

/** An array in a fixture file. */
export type ArrayData = {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly number[];
};

/** A fixture file below the packages folder. */
export const readFixture = <T>(path: string): T =>
  JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8")) as T;

/** The array as a tensor: integers as int32, others in `dtype`. */
export const toTensor = ({ shape, dtype, data }: ArrayData, float: DType = "float64"): Tensor =>
  dtype === "int32"
    ? fromData(Int32Array.from(data), [...shape])
    : tensor([...data], { dtype: float }).reshape([...shape]);

/** Flat numbers as a tensor. */
export const reshaped = (
  data: readonly number[],
  shape: readonly number[],
  dtype: DType = "float64",
): Tensor => toTensor({ shape, dtype, data }, dtype);

/** Kernels are the transposes of PyTorch's weights. */
export const kernelOf = (weight: ArrayData, dtype: DType = "float64"): Tensor =>
  toTensor(weight, dtype).transpose();

const mix = (n: number, i: number): number => {
  let h = (Math.imul(n, 0x9e3779b1) + Math.imul(i, 0x85ebca77)) >>> 0;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) >>> 0;
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39) >>> 0;
  return (h ^ (h >>> 15)) >>> 0;
};

/** The numbers that tools/fixtures/hashed.py gives for stream `n`. */
export const hashed = (
  shape: readonly number[],
  n: number,
  scale: number,
  offset: number,
): ArrayData => {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Array.from({ length: size }, (_, i) =>
    Math.fround(offset + scale * (mix(n, i) / 2 ** 31 - 1)),
  );
  return { shape, dtype: "float32", data };
};
