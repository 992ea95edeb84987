/** Element types of ONNX tensors that this package writes. */
export type OnnxDataType =
  | "float32"
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "int32"
  | "int64"
  | "bool"
  | "float16"
  | "bfloat16"
  | "float64"
  | "uint32"
  | "uint64";

/**
 * The number each element type has in a file, `TensorProto.DataType`.
 *
 * Source: `onnx.proto`, https://onnx.ai/onnx/intro/concepts.html#element-type.
 */
export const dataTypeCodes: Readonly<Record<OnnxDataType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
  float64: 11,
  uint32: 12,
  uint64: 13,
};

/** Bytes one element takes, in a file and in memory alike. */
export const dataTypeBytes: Readonly<Record<OnnxDataType, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  bfloat16: 2,
  float64: 8,
  uint32: 4,
  uint64: 8,
};

/** A constant tensor: little-endian row-major bytes, `dataTypeBytes[dtype]` times the product of `dims` of them. */
export type TensorRecord = {
  readonly name: string;
  readonly dtype: OnnxDataType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
};

/** The declared type of a graph input, output or inner value; a string dimension is symbolic. */
export type ValueRecord = {
  readonly name: string;
  readonly dtype: OnnxDataType;
  readonly dims: readonly (number | string)[];
};

/** The value of one node attribute. */
export type AttributeRecord =
  | { readonly kind: "int"; readonly value: number | bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "tensor"; readonly value: TensorRecord }
  | { readonly kind: "graph"; readonly value: GraphRecord }
  | { readonly kind: "ints"; readonly value: readonly (number | bigint)[] }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] };

/** One operator application; an empty name stands for an omitted optional input or output. */
export type NodeRecord = {
  readonly opType: string;
  /** Operator set, the default ONNX one when absent. */
  readonly domain?: string;
  readonly name?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeRecord>>;
};

/** A graph in topological order. The body of `Loop`, `Scan` and `If` is one too. */
export type GraphRecord = {
  readonly name: string;
  readonly nodes: readonly NodeRecord[];
  readonly inputs: readonly ValueRecord[];
  readonly outputs: readonly ValueRecord[];
  readonly initializers?: readonly TensorRecord[];
};

/** A whole model file. */
export type ModelRecord = {
  readonly graph: GraphRecord;
  /** Version of each operator set used, by domain; `""` is the default ONNX domain. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly irVersion?: number;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly metadata?: Readonly<Record<string, string>>;
};
