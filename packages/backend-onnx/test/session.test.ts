import {
  encodeModel,
  hostTensor,
  loadSession,
  loadSessionSync,
  OnnxRuntimeError,
  type OnnxDataType,
} from "@adjoint/backend-onnx";
import { describe, expect, it } from "vitest";
import { loadPublicSession } from "../src/runtime/load-session.ts";

const value = (name: string, dtype: OnnxDataType = "float32", dims: readonly number[] = [3]) => ({
  name,
  dtype,
  dims,
});
const doubled = encodeModel({
  opsets: { "": 21 },
  graph: {
    name: "doubled",
    nodes: [
      { opType: "Add", inputs: ["x", "x"], outputs: ["y"] },
      { opType: "Neg", inputs: ["x"], outputs: ["z"] },
    ],
    inputs: [value("x")],
    outputs: [value("y"), value("z")],
  },
});
const floats = (...numbers: readonly number[]) =>
  hostTensor("float32", Float32Array.from(numbers), [numbers.length]);

describe("loadSessionSync", () => {
  it("writes the outputs asked for into the arrays given", () => {
    const session = loadSessionSync(doubled);
    const y = floats(0, 0, 0);
    session.run({ x: floats(1, 2, 3) }, { y });
    expect([...y.data]).toEqual([2, 4, 6]);
    expect([session.inputNames, session.outputNames]).toEqual([["x"], ["y", "z"]]);
    session.release();
  });

  it("reads and writes WebAssembly memory in place", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const x = new Float32Array(memory.buffer, 8, 3);
    const y = new Float32Array(memory.buffer, 32, 3);
    x.set([1, 2, 3]);
    const session = loadSessionSync(doubled, { threads: 1 });
    session.run({ x: hostTensor("float32", x, [3]) }, { y: hostTensor("float32", y, [3]) });
    expect([...new Float32Array(memory.buffer, 0, 12)]).toEqual([
      0, 0, 1, 2, 3, 0, 0, 0, 2, 4, 6, 0,
    ]);
    session.release();
  });

  it.each([
    ["float16", Uint16Array.of(0x3c00, 0xc000), Uint16Array.of(0xbc00, 0x4000)],
    ["float64", Float64Array.of(1.5, -2), Float64Array.of(-1.5, 2)],
    ["int32", Int32Array.of(7, -8), Int32Array.of(-7, 8)],
    ["int64", BigInt64Array.of(7n, -(2n ** 40n)), BigInt64Array.of(-7n, 2n ** 40n)],
  ] as const)("carries %s", (dtype, x, want) => {
    const graph = {
      name: "negate",
      nodes: [{ opType: "Neg", inputs: ["x"], outputs: ["y"] }],
      inputs: [value("x", dtype, [2])],
      outputs: [value("y", dtype, [2])],
    };
    const session = loadSessionSync(encodeModel({ opsets: { "": 21 }, graph }));
    const y = hostTensor(dtype, new (Object.getPrototypeOf(x).constructor)(2), [2]);
    session.run({ x: hostTensor(dtype, x, [2]) }, { y });
    expect(y.data).toEqual(want);
    session.release();
  });

  it("names the feed that is missing", () => {
    const session = loadSessionSync(doubled);
    expect(() => session.run({ w: floats(1) }, {})).toThrow(OnnxRuntimeError);
    expect(() => session.run({ w: floats(1) }, {})).toThrow('"x" has none; got w');
  });

  it("refuses an output of another shape", () => {
    const session = loadSessionSync(doubled);
    expect(() => session.run({ x: floats(1, 2, 3) }, { y: floats(0, 0) })).toThrow(
      /session.run: .*Got: 2 Expected: 3/s,
    );
  });

  it("refuses bytes that are no model", () => {
    expect(() => loadSessionSync(Uint8Array.of(1, 2, 3))).toThrow(
      "loadSessionSync: the model must be valid",
    );
  });
});

describe("loadSession", () => {
  it("is synchronous where the native binding is there", async () => {
    const session = await loadSession(doubled);
    expect(session.sync).toBe(true);
    await session.release();
  });

  it("gives the same results through the public API", async () => {
    const session = await loadPublicSession(doubled, { threads: 1 });
    const [y, z] = [floats(0, 0, 0), floats(0, 0, 0)];
    await session.run({ x: floats(1, 2, 3) }, { y, z });
    expect([session.sync, [...y.data], [...z.data]]).toEqual([false, [2, 4, 6], [-1, -2, -3]]);
    await expect(session.run({}, { y })).rejects.toThrow(
      'every feed needs a tensor, "x" has none; got none',
    );
    await expect(session.run({ x: floats(1, 2, 3) }, { y: floats(0) })).rejects.toThrow(
      'output "y" must fit the array given for it, 4 bytes, got 12 bytes',
    );
    await session.release();
  });
});
