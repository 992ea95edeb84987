import { createOnnxBackend } from "@adjoint/backend-onnx";
import {
  cos,
  type DType,
  getBackend,
  iota,
  isFloat,
  jit,
  setBackend,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@adjoint/core";
import { assertAllclose } from "@adjoint/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ArrayData, readFixture, reshaped, toTensor } from "./fixtures.ts";

/** One case of a fixture file; see tools/fixtures/layers/cases.py. */
export type Case = {
  readonly layer: string;
  readonly inputs: Readonly<Record<string, ArrayData>>;
  readonly params: Readonly<Record<string, ArrayData>>;
  readonly options: { readonly [key: string]: unknown };
  readonly out: ArrayData;
  readonly grads: Readonly<Record<string, readonly number[]>>;
};

/** Tensors of a case by name. */
export type Named = { readonly [name: string]: Tensor };

/** A case's layer from tensors and options. */
export type Run = (t: Named, options: Case["options"]) => Tensor;

/** The tensor of a name. */
export const need = (tensors: Named, name: string): Tensor => {
  const found = tensors[name];
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

/**
 * Parameters of `linear` from PyTorch's weight (out, in): transposing inside keeps the gradients in that layout.
 */
export const dense = (p: Named, weight: string, bias?: string) => ({
  kernel: need(p, weight).transpose(),
  ...(bias !== undefined && p[bias] !== undefined ? { bias: need(p, bias) } : {}),
});

const arrayOf = (data: ArrayData, dtype: DType): Tensor => {
  if (data.dtype !== "bool") return toTensor(data, dtype);
  return tensor(data.data.map(Boolean)).reshape([...data.shape]);
};

/** The tensors of a case, floats in `dtype`. */
export const tensorsOf = ({ inputs, params }: Case, dtype: DType): Named =>
  Object.fromEntries(
    Object.entries({ ...inputs, ...params }).map(([name, data]) => [name, arrayOf(data, dtype)]),
  );

/** The sum of the output weighted by cos(0, 1, 2, ...), whose gradient the fixtures hold. */
const weighted = (y: Tensor): Tensor =>
  y.mul(cos(iota([y.size], 0).cast(y.dtype)).reshape(y.shape)).sum();

type Split = { readonly floats: Named; readonly others: Named };

const splitTypes = (tensors: Named): Split => {
  const part = (keep: (x: Tensor) => boolean): Named =>
    Object.fromEntries(Object.entries(tensors).filter(([, x]) => keep(x)));
  return { floats: part((x) => isFloat(x.dtype)), others: part((x) => !isFloat(x.dtype)) };
};

/** The layer's value, and the gradient of the weighted sum by every floating-point tensor, as one program. */
const valueAndSlopes =
  (run: Run, options: Case["options"]) =>
  (floats: Named, others: Named): readonly [Tensor, Named] => {
    const [[, y], slopes] = valueAndGrad(
      (f: Named) => {
        const value = run({ ...f, ...others }, options);
        return [weighted(value), value] as const;
      },
      { hasAux: true },
    )(floats) as unknown as readonly [readonly [Tensor, Tensor], Named];
    return [y, slopes];
  };

/** How far float32 may be from float64. */
export type Tolerances = { readonly rtol?: number; readonly atol?: number };

const compare = async (
  [y, slopes]: readonly [Tensor, Named],
  row: Case,
  value: Tolerances,
  gradient: Tolerances,
): Promise<void> => {
  await assertAllclose(y, toTensor(row.out, y.dtype), value);
  for (const [name, expected] of Object.entries(row.grads)) {
    const slope = need(slopes, name);
    await assertAllclose(
      { [name]: slope },
      { [name]: reshaped(expected, slope.shape, slope.dtype) },
      gradient,
    );
  }
};

/**
 * Tests every case of a fixture file: float64 on the reference backend, eagerly; float32 there under `jit`; float32 on
 * ONNX Runtime as one program. Value and all gradients each time.
 */
export const testCases = (
  file: string,
  layers: Readonly<Record<string, Run>>,
  { count, single = {} }: { readonly count: number; readonly single?: Tolerances },
): void => {
  const { cases } = readFixture<{ readonly cases: readonly Case[] }>(
    `nn/test/fixtures/${file}.json`,
  );
  const named = cases.map(
    (row, i) => [`${row.layer} ${i} ${JSON.stringify(row.options)}`, row] as const,
  );
  const runOf = ({ layer }: Case): Run => {
    const run = layers[layer];
    if (run === undefined) throw new Error(layer);
    return run;
  };
  const { rtol = 2e-5, atol = 1e-5 } = single;

  test(`${file}: every fixture has a layer`, () => {
    expect(cases.length).toBe(count);
    expect(cases.filter(({ layer }) => layers[layer] === undefined)).toEqual([]);
  });

  describe(`${file}: the reference backend agrees with PyTorch`, () => {
    test.each(named)("%s", async (_name, row) => {
      const wide = splitTypes(tensorsOf(row, "float64"));
      const program = valueAndSlopes(runOf(row), row.options);
      await compare(
        program(wide.floats, wide.others),
        row,
        { rtol: 1e-7, atol: 1e-8 },
        { rtol: 1e-7, atol: 1e-7 },
      );
      const { floats, others } = splitTypes(tensorsOf(row, "float32"));
      await compare(
        jit(program)(floats, others),
        row,
        { rtol, atol },
        { rtol: 5 * rtol, atol: 5 * atol },
      );
    });
  });

  describe(`${file}: the ONNX backend agrees with PyTorch`, () => {
    const before = getBackend();
    beforeAll(async () => setBackend(await createOnnxBackend()));
    afterAll(() => setBackend(before));
    test.each(named)("%s", async (_name, row) => {
      const { floats, others } = splitTypes(tensorsOf(row, "float32"));
      const program = jit(valueAndSlopes(runOf(row), row.options));
      await compare(
        program(floats, others),
        row,
        { rtol, atol },
        { rtol: 5 * rtol, atol: 5 * atol },
      );
    });
  });
};
