import { type DType, fromData, grad, layerNorm, rmsNorm, type Tensor } from "@adjoint/core";
import { assertAllclose } from "@adjoint/core/testing";
import { describe, expect, test } from "vitest";

/** Rows of numbers that float16 and bfloat16 have. */
const rows = (count: number, width: number, size: number, seed: number): Float64Array =>
  Float64Array.from(
    { length: count * width },
    (_, i) => (size * ((((i + seed) * 37) % 17) - 8)) / 8,
  );

const norms = {
  layerNorm: (x: Tensor, scale: Tensor) => layerNorm(x, scale),
  rmsNorm: (x: Tensor, scale: Tensor) => rmsNorm(x, scale),
} as const;

describe.each(["layerNorm", "rmsNorm"] as const)("derivatives of %s", (name) => {
  const shape = [3, 63];
  const gradients = (dtype: DType, cotangent: number) => {
    const make = (data: Float64Array, s: readonly number[]) => fromData(data, s, dtype);
    const x = make(rows(3, 63, 0.25, 0), shape);
    const scale = make(rows(1, 63, 1, 5), [63]);
    // cotangents lean with the rows, so that the sums over them are large
    const weights = make(rows(3, 63, cotangent, 0), shape);
    const loss = (both: readonly [Tensor, Tensor]) =>
      norms[name](both[0], both[1]).mul(weights).cast("float64").sum();
    return grad(loss)([x, scale] as const);
  };

  // an element is rounded where it goes in and out of float32, and the statistics are: four roundings, of 2^-11 or 2^-8
  test.each([
    ["float16", 4 * 2 ** -11],
    ["bfloat16", 4 * 2 ** -8],
  ] as const)("in %s are those of float64 to %d", async (dtype, tolerance) => {
    const [x, scale] = gradients(dtype, 1);
    const [wideX, wideScale] = gradients("float64", 1);
    expect([x.dtype, scale.dtype]).toEqual([dtype, dtype]);
    const close = { rtol: tolerance, atol: 8 * tolerance };
    await assertAllclose(x.cast("float64"), wideX, close);
    await assertAllclose(scale.cast("float64"), wideScale, close);
  });

  test("in float16 are finite where only a sum on the way would not be", async () => {
    const [x] = gradients("float16", 4096);
    const [wide] = gradients("float64", 4096);
    const largest = Number(await wide.abs().max().item());
    expect(largest).toBeLessThan(65_504);
    await assertAllclose(x.cast("float64"), wide, { rtol: 0, atol: largest * 2 ** -8 });
  });
});
