import { createOnnxBackend } from "@adjoint/backend-onnx";
import { arange, concatenate, jit, type Tensor, tensor, withBackend } from "@adjoint/core";
import { traceFunction } from "@adjoint/core/backend";
import { describe, expect, it } from "vitest";
import { prepare } from "../src/backend/prepare.ts";
import { markRotations } from "../src/passes/rotations.ts";

const numbers = (shape: readonly number[]): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1);
  return tensor(Float32Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + 0.3))).reshape(
    shape,
  );
};

const part = (y: Tensor, start: number): Tensor => {
  const [lead, half] = [y.shape.slice(0, -1), (y.shape.at(-1) ?? 0) / 2];
  return y.slice([...lead.map(() => 0), start * half], [...lead, (start + 1) * half]);
};

const joined = (y: Tensor, z: Tensor): Tensor => concatenate([y, z], -1);

/** Rotary positions as the layers write them: places (T) or (B, T) turn vectors (B, H, T, D). */
const turn = (x: Tensor, places: Tensor): Tensor => {
  const half = (x.shape.at(-1) ?? 0) / 2;
  const angles = places
    .cast("float32")
    .expandDims(-1)
    .mul(numbers([half]));
  const forHeads = (y: Tensor): Tensor => (y.rank === 3 ? y.expandDims(1) : y);
  const [a, b, c, s] = [part(x, 0), part(x, 1), forHeads(angles.cos()), forHeads(angles.sin())];
  return joined(a.mul(c).sub(b.mul(s)), b.mul(c).add(a.mul(s)));
};

const opsOf = (fn: (...xs: readonly Tensor[]) => Tensor, ...args: readonly Tensor[]) => {
  const { ir } = traceFunction("test", fn as never, args as never);
  return markRotations(prepare(ir).ir).eqns.map(({ primitive }) => primitive.name);
};

/** Vectors and their places. */
const cases: Readonly<Record<string, readonly [Tensor, Tensor]>> = {
  "one token": [numbers([1, 3, 1, 8]), tensor([5])],
  "places shared by a batch": [numbers([2, 3, 4, 8]), arange(4)],
  "places of each row": [
    numbers([2, 3, 4, 8]),
    tensor([
      [3, 4, 5, 6],
      [0, 1, 2, 9],
    ]),
  ],
};

describe("rotary positions", () => {
  it.each(Object.entries(cases))("%s: one operation, with the same numbers", async (_, args) => {
    expect(opsOf(turn as never, ...args)).toContain("rotate");
    expect(opsOf(turn as never, ...args)).not.toContain("concatenate");
    const want = await turn(...args).data();
    const backend = await createOnnxBackend();
    const got = await withBackend(backend, () => jit(turn)(...args)).data();
    want.forEach((x, i) => expect(got[i]).toBeCloseTo(x, 5));
    backend.dispose();
  });

  it("leaves alone what only looks like them", () => {
    const [x, c, s] = [numbers([1, 3, 2, 8]), numbers([2, 4]), numbers([3, 2, 4])];
    const [a, b] = [(y: Tensor) => part(y, 0), (y: Tensor) => part(y, 1)];
    const others: Readonly<Record<string, (y: Tensor) => Tensor>> = {
      "the other way round": (y) =>
        joined(a(y).mul(c).add(b(y).mul(c)), b(y).mul(c).sub(a(y).mul(c))),
      "another second table": (y) =>
        joined(
          a(y)
            .mul(c)
            .sub(b(y).mul(c.add(1))),
          b(y).mul(c).add(a(y).mul(c)),
        ),
      "halves in the other order": (y) =>
        joined(b(y).mul(c).sub(a(y).mul(c)), a(y).mul(c).add(b(y).mul(c))),
      "a table for each head": (y) =>
        joined(a(y).mul(s).sub(b(y).mul(s)), b(y).mul(s).add(a(y).mul(s))),
    };
    for (const fn of Object.values(others)) expect(opsOf(fn as never, x)).not.toContain("rotate");
  });
});
