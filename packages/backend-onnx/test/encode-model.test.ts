import {
  encodeModel,
  hostTensor,
  loadSessionSync,
  type ModelRecord,
  ModelRecordError,
  type NodeRecord,
  type TensorRecord,
  type ValueRecord,
} from "@adjoint/backend-onnx";
import { describe, expect, it } from "vitest";

const float = (name: string, dims: readonly (number | string)[]): ValueRecord => ({
  name,
  dtype: "float32",
  dims,
});
const constant = (
  name: string,
  data: Float32Array | BigInt64Array | Uint8Array,
  dims: readonly number[],
): TensorRecord => ({
  name,
  dtype:
    data instanceof Float32Array ? "float32" : data instanceof BigInt64Array ? "int64" : "bool",
  dims,
  bytes: new Uint8Array(data.buffer),
});
const model = (
  nodes: readonly NodeRecord[],
  inputs: readonly ValueRecord[],
  outputs: readonly ValueRecord[],
  initializers: readonly TensorRecord[] = [],
): ModelRecord => ({
  opsets: { "": 21, "com.microsoft": 1 },
  graph: { name: "test", nodes, inputs, outputs, initializers },
});

function run(
  record: ModelRecord,
  feeds: Readonly<Record<string, readonly number[]>>,
  size: number,
): readonly number[] {
  const session = loadSessionSync(encodeModel(record));
  const y = new Float32Array(size);
  const inputs = record.graph.inputs.map(({ name, dims }) => {
    const numbers = dims.map((dim) => (typeof dim === "number" ? dim : (feeds[name] ?? []).length));
    return [name, hostTensor("float32", Float32Array.from(feeds[name] ?? []), numbers)] as const;
  });
  session.run(Object.fromEntries(inputs), {
    y: hostTensor("float32", y, size === 1 ? [] : [size]),
  });
  session.release();
  return [...y];
}

describe("encodeModel", () => {
  it("writes the bytes of the specification", () => {
    const record: ModelRecord = {
      irVersion: 10,
      producerName: "p",
      opsets: { "": 21 },
      graph: {
        name: "g",
        nodes: [{ opType: "Neg", inputs: ["x"], outputs: ["y"] }],
        inputs: [float("x", [2])],
        outputs: [],
      },
    };
    const hex = Buffer.from(encodeModel(record)).toString("hex");
    const fields = [
      ["08", "0a"], // ir_version 10
      ["1201", "70"], // producer_name "p"
      ["3a21"], // graph, 33 bytes
      ["0a0b", "0a0178", "120179", "22034e6567"], // node: input "x", output "y", op_type "Neg"
      ["1201", "67"], // name "g"
      ["5a0f", "0a0178", "120a0a08", "0801", "12040a020802"], // input: name "x", type float32, shape [2]
      ["4204", "0a00", "1015"], // opset_import: domain "", version 21
    ];
    expect(hex).toBe(fields.flat().join(""));
  });

  it("holds constants, symbolic dimensions and operators of another domain", () => {
    const nodes = [
      {
        opType: "FusedMatMul",
        domain: "com.microsoft",
        inputs: ["x", "w"],
        outputs: ["h"],
        attributes: { alpha: { kind: "float", value: 0.5 } },
      },
      { opType: "Reshape", inputs: ["h", "shape"], outputs: ["y"] },
    ] as const;
    const weights = constant("w", Float32Array.of(1, 2, 3, 4), [2, 2]);
    const shape = constant("shape", BigInt64Array.of(-1n), [1]);
    const record = model(nodes, [float("x", ["n"])], [float("y", ["m"])], [weights, shape]);
    expect(run(record, { x: [2, 4] }, 2)).toEqual([7, 10]);
  });

  it("writes every kind of attribute", () => {
    const add: NodeRecord = { opType: "Add", inputs: ["s", "c"], outputs: ["s1"] };
    const body = {
      name: "body",
      nodes: [add, { opType: "Identity", inputs: ["keep"], outputs: ["keep1"] }],
      inputs: [
        { name: "i", dtype: "int64", dims: [] } as const,
        { name: "keep", dtype: "bool", dims: [] } as const,
        float("s", [3]),
      ],
      outputs: [{ name: "keep1", dtype: "bool", dims: [] } as const, float("s1", [3])],
    };
    const nodes: readonly NodeRecord[] = [
      {
        opType: "Constant",
        inputs: [],
        outputs: ["c"],
        attributes: { value_floats: { kind: "floats", value: [1, 0.5, -2] } },
      },
      {
        opType: "Constant",
        inputs: [],
        outputs: ["axes"],
        attributes: { value_ints: { kind: "ints", value: [-1, 0n] } },
      },
      {
        opType: "Constant",
        inputs: [],
        outputs: ["trips"],
        attributes: { value: { kind: "tensor", value: constant("t", BigInt64Array.of(3n), []) } },
      },
      {
        opType: "Loop",
        inputs: ["trips", "", "x"],
        outputs: ["looped"],
        attributes: { body: { kind: "graph", value: body } },
      },
      {
        opType: "Gelu",
        inputs: ["looped"],
        outputs: ["gelu"],
        attributes: { approximate: { kind: "string", value: "tanh" } },
      },
      { opType: "Unsqueeze", inputs: ["gelu", "axes"], outputs: ["wide"] },
      {
        opType: "Flatten",
        inputs: ["wide"],
        outputs: ["flat"],
        attributes: { axis: { kind: "int", value: -3 } },
      },
      { opType: "Squeeze", inputs: ["flat"], outputs: ["y"] },
    ];
    const gelu = (x: number): number =>
      0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
    const got = run(model(nodes, [float("x", [3])], [float("y", [3])]), { x: [0, 0, 8] }, 3);
    [gelu(3), gelu(1.5), gelu(2)].forEach((want, index) => expect(got[index]).toBeCloseTo(want, 5));
  });

  it.each([0, 1, 127, 128, 2 ** 31 - 128, 2 ** 31, 2 ** 40, -1, -(2 ** 40)])(
    "keeps the integer %d",
    (value) => {
      const nodes: readonly NodeRecord[] = [
        {
          opType: "Constant",
          inputs: [],
          outputs: ["c"],
          attributes: { value_int: { kind: "int", value } },
        },
        {
          opType: "Cast",
          inputs: ["c"],
          outputs: ["y"],
          attributes: { to: { kind: "int", value: 1 } },
        },
      ];
      expect(run(model(nodes, [], [float("y", [])]), {}, 1)).toEqual([value]);
    },
  );

  it("refuses tensors whose bytes do not fill their shape", () => {
    const record = model([], [], [], [constant("w", Float32Array.of(1, 2, 3), [2, 2])]);
    expect(() => encodeModel(record)).toThrow(ModelRecordError);
    expect(() => encodeModel(record)).toThrow('"w", float32[2,2], needs 16 bytes and has 12');
  });

  it("refuses an integer attribute that is not an integer", () => {
    const node: NodeRecord = {
      opType: "Flatten",
      inputs: ["x"],
      outputs: ["y"],
      attributes: { axis: { kind: "int", value: 1.5 } },
    };
    expect(() => encodeModel(model([node], [], []))).toThrow(
      "attribute axis of Flatten must be an integer, got 1.5",
    );
  });
});
