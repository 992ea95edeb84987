import { createOnnxBackend, type OnnxBackend } from "@adjoint/backend-onnx";
import type { Tensor } from "@adjoint/core";
import {
  allocate,
  evaluateIr,
  formatAval,
  type HostArray,
  type Ir,
  sizeOf,
  traceFlat,
} from "@adjoint/core/backend";
import { expect } from "vitest";

type DType = HostArray["dtype"];

let backend: OnnxBackend | undefined;

/** One backend for all tests of a file; eager operations never take the short cut over the host. */
export const testBackend = async (): Promise<OnnxBackend> => {
  backend ??= await createOnnxBackend({ eagerHostLimit: 0 });
  return backend;
};

/** An array of a dtype with given contents, repeated to fill the shape. */
export const array = (
  dtype: DType,
  shape: readonly number[],
  values: readonly number[],
): HostArray => {
  const data = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = values[i % values.length] ?? 0;
  return { dtype, shape, data };
};

/** Deterministic numbers between -2 and 2. */
export const noise = (n: number, seed = 1): number[] =>
  Array.from({ length: n }, (_, i) => {
    const x = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    return (x - Math.floor(x)) * 4 - 2;
  });

/** float32 array of noise. */
export const floats = (shape: readonly number[], seed = 1, dtype: DType = "float32"): HostArray =>
  array(dtype, shape, noise(Math.max(1, sizeOf(shape)), seed));

/** Integers from -low to low. */
export const ints = (shape: readonly number[], low = 5, seed = 1): HostArray =>
  array(
    "int32",
    shape,
    noise(Math.max(1, sizeOf(shape)), seed).map((x) => Math.round((x / 2) * low)),
  );

const tolerances: Partial<Record<DType, number>> = {
  float32: 4e-6,
  float64: 1e-12,
  float16: 4e-3,
  bfloat16: 3e-2,
};

const close = (a: number, b: number, rtol: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= rtol * (Math.abs(b) + 1);

/** Compares two arrays element by element; NaN equals NaN. `scale` is what sums that cancelled were made of. */
export const expectSame = (got: HostArray, wanted: HostArray, what: string, scale = 1): void => {
  expect(formatAval(got), what).toBe(formatAval(wanted));
  const rtol = (tolerances[wanted.dtype] ?? 0) * scale;
  const bad = [...wanted.data].findIndex((w, i) => !close(got.data[i] ?? Number.NaN, w, rtol));
  if (bad >= 0)
    expect.fail(
      `${what}: element ${bad} is ${got.data[bad]}, wanted ${wanted.data[bad]}\n got ${[...got.data.slice(0, 24)]}\n want ${[...wanted.data.slice(0, 24)]}`,
    );
};

const seen = new Set<string>();

const note = (ir: Ir): void => {
  for (const { primitive, params } of ir.eqns) {
    seen.add(primitive.name);
    for (const p of Object.values(params))
      if (typeof p === "object" && p !== null && "eqns" in p) note(p as Ir);
  }
};

/** Names of the primitives that checked programs held. */
export const primitivesSeen = (): ReadonlySet<string> => seen;

/** Runs `fn` as one compiled program and with the reference kernels, and compares. */
export const checkProgram = async (
  fn: (...xs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly HostArray[],
  what = "program",
  scale = 1,
): Promise<void> => {
  const onnx = await testBackend();
  const ir = traceFlat(inputs, (xs) => {
    const result = fn(...xs);
    return Array.isArray(result) ? (result as readonly Tensor[]) : [result as Tensor];
  });
  note(ir);
  const captured = ir.captures.map((c) => ({ ...c.value.aval, data: c.value.dataSync() }));
  const wanted = evaluateIr(ir, [...captured, ...inputs]);
  const executable = onnx.compile(ir);
  const outputs = executable.run([...captured, ...inputs].map((x) => onnx.fromHost(x)));
  outputs.forEach((o, i) =>
    expectSame(o.readSync(), wanted[i] as HostArray, `${what} output ${i}`, scale),
  );
  executable.dispose();
};
