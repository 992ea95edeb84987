import {
  type AttributeRecord,
  dataTypeBytes,
  dataTypeCodes,
  type GraphRecord,
  type ModelRecord,
  type NodeRecord,
  type TensorRecord,
  type ValueRecord,
} from "./model-record.ts";
import { ModelRecordError } from "./model-record-error.ts";
import {
  bytesField,
  concatWires,
  flattenWire,
  floatField,
  packedFloatField,
  packedVarintField,
  stringField,
  varintField,
  type Wire,
} from "./wire.ts";

/** IR version written when a model names none; read by ONNX Runtime from 1.18 on. */
export const defaultIrVersion = 10;

/**
 * Encodes a model as the bytes of an `.onnx` file.
 *
 * Source: field numbers of `onnx.proto`, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 *
 * @throws {ModelRecordError} when a tensor's bytes do not fill its shape, or an attribute holds a non-integer where an integer belongs.
 *
 * @example
 * ```ts doctest
 * import { encodeModel } from "@adjoint/backend-onnx";
 * const scalar = (name: string) => ({ name, dtype: "float32" as const, dims: [] });
 * const bytes = encodeModel({
 *   opsets: { "": 20 },
 *   graph: {
 *     name: "negate",
 *     nodes: [{ opType: "Neg", inputs: ["x"], outputs: ["y"] }],
 *     inputs: [scalar("x")],
 *     outputs: [scalar("y")],
 *   },
 * });
 * bytes[0]; // => 8
 * ```
 */
export function encodeModel(model: ModelRecord): Uint8Array {
  const parts: (Uint8Array | Wire)[] = [varintField(1, model.irVersion ?? defaultIrVersion)];
  if (model.producerName !== undefined) parts.push(stringField(2, model.producerName));
  if (model.producerVersion !== undefined) parts.push(stringField(3, model.producerVersion));
  parts.push(bytesField(7, encodeGraph(model.graph)));
  for (const [domain, version] of Object.entries(model.opsets)) {
    parts.push(bytesField(8, concatWires([stringField(1, domain), varintField(2, version)])));
  }
  for (const [key, value] of Object.entries(model.metadata ?? {})) {
    parts.push(bytesField(14, concatWires([stringField(1, key), stringField(2, value)])));
  }
  return flattenWire(concatWires(parts));
}

function encodeGraph(graph: GraphRecord): Wire {
  return concatWires([
    ...graph.nodes.map((node) => bytesField(1, encodeNode(node))),
    stringField(2, graph.name),
    ...(graph.initializers ?? []).map((tensor) => bytesField(5, encodeTensor(tensor))),
    ...graph.inputs.map((value) => bytesField(11, encodeValue(value))),
    ...graph.outputs.map((value) => bytesField(12, encodeValue(value))),
  ]);
}

function encodeNode(node: NodeRecord): Wire {
  const parts: Wire[] = [];
  for (const input of node.inputs) parts.push(stringField(1, input));
  for (const output of node.outputs) parts.push(stringField(2, output));
  if (node.name !== undefined) parts.push(stringField(3, node.name));
  parts.push(stringField(4, node.opType));
  for (const [name, attribute] of Object.entries(node.attributes ?? {})) {
    parts.push(bytesField(5, encodeAttribute(node.opType, name, attribute)));
  }
  if (node.domain !== undefined) parts.push(stringField(7, node.domain));
  return concatWires(parts);
}

const attributeTypes: Readonly<Record<AttributeRecord["kind"], number>> = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
};

function encodeAttribute(opType: string, name: string, attribute: AttributeRecord): Wire {
  const where = `attribute ${name} of ${opType}`;
  return concatWires([
    stringField(1, name),
    ...encodeAttributeValue(where, attribute),
    varintField(20, attributeTypes[attribute.kind]),
  ]);
}

function encodeAttributeValue(
  where: string,
  attribute: AttributeRecord,
): readonly (Uint8Array | Wire)[] {
  switch (attribute.kind) {
    case "float":
      return [floatField(2, attribute.value)];
    case "int":
      return [varintField(3, requireInteger(where, attribute.value))];
    case "string":
      return [stringField(4, attribute.value)];
    case "tensor":
      return [bytesField(5, encodeTensor(attribute.value))];
    case "graph":
      return [bytesField(6, encodeGraph(attribute.value))];
    case "floats":
      return [packedFloatField(7, attribute.value)];
    case "ints":
      return [
        packedVarintField(
          8,
          attribute.value.map((value) => requireInteger(where, value)),
        ),
      ];
    case "strings":
      return attribute.value.map((value) => stringField(9, value));
  }
}

function requireInteger(where: string, value: number | bigint): number | bigint {
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return value;
  throw new ModelRecordError(
    `encodeModel: ${where} must be an integer, got ${value}; round it, or use a float attribute.`,
  );
}

function encodeTensor(tensor: TensorRecord): Wire {
  const expected = tensor.dims.reduce((product, dim) => product * dim, dataTypeBytes[tensor.dtype]);
  if (tensor.bytes.byteLength !== expected) {
    throw new ModelRecordError(
      `encodeModel: the bytes of a tensor must fill its shape, but "${tensor.name}", ${tensor.dtype}[${tensor.dims}], ` +
        `needs ${expected} bytes and has ${tensor.bytes.byteLength}; pass all of them, or correct dims.`,
    );
  }
  return concatWires([
    packedVarintField(1, tensor.dims),
    varintField(2, dataTypeCodes[tensor.dtype]),
    stringField(8, tensor.name),
    bytesField(9, tensor.bytes),
  ]);
}

function encodeValue(value: ValueRecord): Wire {
  const dims = value.dims.map((dim) =>
    bytesField(
      1,
      typeof dim === "number" ? concatWires([varintField(1, dim)]) : stringField(2, dim),
    ),
  );
  const tensorType = concatWires([
    varintField(1, dataTypeCodes[value.dtype]),
    bytesField(2, concatWires(dims)),
  ]);
  const type = bytesField(1, tensorType);
  return concatWires([stringField(1, value.name), bytesField(2, type)]);
}
