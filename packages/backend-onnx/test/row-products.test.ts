import { createOnnxBackend } from "@adjoint/backend-onnx";
import { jit, matmul, type Tensor, tensor, withBackend } from "@adjoint/core";
import { traceFunction } from "@adjoint/core/backend";
import { describe, expect, it } from "vitest";
import { prepare } from "../src/backend/prepare.ts";
import { splitRowProducts } from "../src/passes/row-products.ts";

const numbers = (shape: readonly number[], phase = 0.3): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1);
  const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + phase));
  return tensor(data).reshape(shape);
};

const opsOf = (x: Tensor, w: Tensor, fn: (x: Tensor, w: Tensor) => Tensor): readonly string[] => {
  const { ir } = traceFunction("test", fn as never, [x, w] as never);
  return splitRowProducts(prepare(ir).ir).eqns.map(({ primitive }) => primitive.name);
};

const [rows, columns] = [512, 640];

/** The product of the last axis of x with w, in double precision. */
const naive = (x: ArrayLike<number>, w: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: columns }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += (x[i] ?? 0) * (w[i * columns + j] ?? 0);
    return sum;
  });

describe("products of one row with a large matrix", () => {
  it.each([[[rows]], [[1, rows]], [[1, 1, rows]], [[1, 1, 1, rows]]])(
    "%j: multiplies halves and adds them",
    async (shape) => {
      const [x, w] = [numbers(shape), numbers([rows, columns], 1.1)];
      expect(opsOf(x, w, matmul)).toContain("rowProduct");
      const backend = await createOnnxBackend();
      const got = withBackend(backend, () => jit(matmul)(x, w));
      expect(got.shape).toEqual([...shape.slice(0, -1), columns]);
      const want = naive(await x.data(), await w.data());
      (await got.data()).forEach((y, j) => expect(y).toBeCloseTo(want[j] ?? 0, 4));
      backend.dispose();
    },
  );

  it("may be read as something else too", async () => {
    const [x, w] = [numbers([1, rows]), numbers([rows, columns], 1.1)];
    const both = (a: Tensor, b: Tensor): Tensor => matmul(a, b).add(b.slice([1, 0], [2, columns]));
    const backend = await createOnnxBackend();
    const got = await withBackend(backend, () => jit(both)(x, w)).data();
    const data = await w.data();
    const want = naive(await x.data(), data);
    got.forEach((y, j) => expect(y).toBeCloseTo((want[j] ?? 0) + (data[columns + j] ?? 0), 4));
    backend.dispose();
  });

  it("leaves other products alone", () => {
    const w = numbers([rows, columns]);
    expect(opsOf(numbers([2, rows]), w, matmul)).not.toContain("rowProduct");
    expect(opsOf(numbers([1, 64]), numbers([64, 64]), matmul)).not.toContain("rowProduct");
    const computed = (x: Tensor, m: Tensor): Tensor => matmul(x, m.exp());
    expect(opsOf(numbers([1, rows]), w, computed)).not.toContain("rowProduct");
  });
});
