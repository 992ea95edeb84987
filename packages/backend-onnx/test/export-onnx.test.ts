import { exportOnnx, hostTensor, loadSessionSync } from "@adjoint/backend-onnx";
import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

type Types = "float32" | "int32" | "uint32" | "bool" | "float64";

/** Where to keep the exported files for the ONNX checker (tools/fixtures/check_onnx.py). */
const folder = process.env["ADJOINT_ONNX_FOLDER"];

const keep = (name: string, bytes: Uint8Array): void => {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${name}.onnx`, bytes);
};

/** Exports, loads with ONNX Runtime, runs, and compares with the function itself. */
const check = (name: string, fn: (...xs: Tensor[]) => Tensor, ...args: Tensor[]): void => {
  const bytes = exportOnnx(fn, ...args);
  keep(name, bytes);
  const session = loadSessionSync(bytes);
  const wanted = fn(...args);
  const out = wanted.dataSync();
  const got = out.slice().fill(0);
  const feeds = Object.fromEntries(
    args.map((x, i) => [`arg${i}`, hostTensor(x.dtype as Types, x.dataSync(), x.shape)]),
  );
  session.run(feeds, { out: hostTensor(wanted.dtype as Types, got, wanted.shape) });
  out.forEach((w, i) =>
    expect(Math.abs((got[i] ?? Number.NaN) - w)).toBeLessThanOrEqual(1e-5 * (Math.abs(w) + 1)),
  );
  session.release();
};

const x = A.tensor([
  [0.5, -1, 2],
  [1.5, 0.25, -0.75],
]);
const w = A.tensor([
  [0.1, 0.2],
  [0.3, -0.4],
  [0.5, 0.6],
]);

describe("exportOnnx", () => {
  it("names inputs and outputs by their place in the trees", () => {
    const bytes = exportOnnx(
      (p: { w: Tensor; layers: readonly Tensor[] }, x: Tensor) => ({
        y: x.matmul(p.w).add(p.layers[1] ?? x),
        list: [p.w.sum()],
      }),
      { w, layers: [A.tensor(1), A.tensor(2)] },
      x,
    );
    const session = loadSessionSync(bytes);
    expect(session.inputNames).toEqual(["arg0.layers[0]", "arg0.layers[1]", "arg0.w", "arg1"]);
    expect(session.outputNames).toEqual(["out.list[0]", "out.y"]);
  });
  it("writes values and gradients of a small network", () => {
    const loss = (x: Tensor, w: Tensor): Tensor =>
      A.logSoftmax(A.gelu(x.matmul(w)))
        .mul(-1)
        .sum();
    check("loss", loss, x, w);
    check("gradient", (x, w) => A.grad((w: Tensor) => loss(x, w))(w), x, w);
    check(
      "hessian",
      (x) => A.hessian((v: Tensor) => A.tanh(v).mul(v).sum())(x),
      A.tensor([0.3, -0.2]),
    );
  });
  it("stores tensors the function closed over, and constants", () =>
    check("closure", (x) => x.matmul(w).add(A.eye(2)), x));
  it("writes transposed products, convolutions, norms and control flow in standard operators", () => {
    check(
      "products",
      (x) => A.einsum("bij,bkj->bik", x, x).add(A.einsum("bji,bjk->bik", x, x)),
      A.ones([2, 3, 3]).mul(0.5),
    );
    check("conv", (x, k) => A.conv2d(x, k), A.ones([1, 2, 5, 5]), A.ones([3, 2, 3, 3]));
    check("norms", (x) => A.layerNorm(A.rmsNorm(x)), x);
    check(
      "scan",
      (x) => A.scan((c: Tensor, r: Tensor) => [c.mul(0.5).add(r), c] as const, A.zeros([3]), x)[0],
      x,
    );
    check(
      "while",
      (x) =>
        A.whileLoop(
          (v: Tensor) => v.sum().less(50),
          (v: Tensor) => v.mul(2).add(1),
          x,
        ),
      x,
    );
    check(
      "cond",
      (x) =>
        A.cond(
          x.sum().greater(0),
          (v: Tensor) => v.exp(),
          (v: Tensor) => v.neg(),
          x,
        ),
      x,
    );
    check("cholesky", (x) => A.cholesky(x.matmul(x.transpose()).add(A.eye(2))), x);
    check("sorting", (x) => A.sort(x).add(A.cumsum(x, 1)), x);
    check(
      "integers",
      (x) => A.scatterAdd(x, A.tensor([[1], [1]], { dtype: "int32" }), x),
      A.tensor(
        [
          [1, 2],
          [3, 4],
        ],
        { dtype: "int32" },
      ),
    );
  });
});
