import {
  encodeModel,
  hostTensor,
  loadKernels,
  loadSession,
  type OnnxDataType,
} from "@adjoint/backend-onnx";
import { describe, expect, inject, it } from "vitest";

const value = (name: string, dtype: OnnxDataType) => ({ name, dtype, dims: [2] });
const negate = (dtype: OnnxDataType): Uint8Array =>
  encodeModel({
    opsets: { "": 21 },
    graph: {
      name: "negate",
      nodes: [{ opType: "Neg", inputs: ["x"], outputs: ["y"] }],
      inputs: [value("x", dtype)],
      outputs: [value("y", dtype)],
    },
  });

describe("in a browser", () => {
  it.each([
    ["float32", Float32Array.of(1.5, -2), Float32Array.of(-1.5, 2), new Float32Array(2)],
    ["float16", Uint16Array.of(0x3c00, 0xc000), Uint16Array.of(0xbc00, 0x4000), new Uint16Array(2)],
    ["int32", Int32Array.of(7, -8), Int32Array.of(-7, 8), new Int32Array(2)],
    ["int64", BigInt64Array.of(7n, -8n), BigInt64Array.of(-7n, 8n), new BigInt64Array(2)],
  ] as const)("a session carries %s", async (dtype, x, want, y) => {
    const session = await loadSession(negate(dtype), { threads: inject("wasmThreads") });
    expect([session.sync, session.inputNames, session.outputNames]).toEqual([false, ["x"], ["y"]]);
    await session.run({ x: hostTensor(dtype, x, [2]) }, { y: hostTensor(dtype, y, [2]) });
    expect(y).toEqual(want);
    await session.release();
  });

  it("a session names the feed that is missing", async () => {
    const session = await loadSession(negate("float32"), { threads: inject("wasmThreads") });
    await expect(session.run({}, {})).rejects.toThrow('"x" has none; got none');
    await session.release();
  });

  it("kernels run on the memory given", () => {
    const whole = { blocks: true, rows: true, columns: true };
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { kernel } = loadKernels(memory, {
      kernel: {
        inputs: [{ dtype: "float32", axes: whole }],
        steps: [{ op: "exp", args: [0] }],
        outputs: [{ value: 1, axes: whole }],
      },
    });
    const x = new Float32Array(memory.buffer, 0, 5);
    x.set([0, 1, -1, 2, Number.NaN]);
    kernel(1, 1, 5, 0, 0);
    [1, Math.E, 1 / Math.E, Math.E ** 2].forEach((want, k) => expect(x[k]).toBeCloseTo(want, 5));
    expect(x[4]).toBeNaN();
  });
});
