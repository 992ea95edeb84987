import { byteSize } from "../dtype.ts";
import { getBackend } from "../backend/current.ts";
import type { HostArray } from "../host-array.ts";
import { sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { dtypeOfFile, fileTypes, fromBytes, toBytes } from "./elements.ts";
import { invalid } from "./format-error.ts";

/** Free text stored in the header. */
export type Metadata = Readonly<Record<string, string>>;

/** What a file holds. */
export type Contents<T> = { readonly tensors: ReadonlyMap<string, T>; readonly metadata: Metadata };

/** Largest header accepted, as in the reference implementation. */
const maxHeaderBytes = 100_000_000;

const encodeHeader = (arrays: ReadonlyMap<string, HostArray>, metadata: Metadata): Uint8Array => {
  let offset = 0;
  const entries = [...arrays].map(([name, { dtype, shape }]): [string, unknown] => {
    const start = offset;
    offset += sizeOf(shape) * byteSize(dtype);
    return [name, { dtype: fileTypes[dtype], shape, data_offsets: [start, offset] }];
  });
  const text = JSON.stringify(Object.fromEntries([["__metadata__", metadata], ...entries]));
  const padding = (8 - (new TextEncoder().encode(text).length % 8)) % 8; // data starts on a multiple of 8
  return new TextEncoder().encode(text + " ".repeat(padding));
};

/** Bytes of a safetensors file holding `arrays`, in the order of the map. */
export const encodeArrays = (
  arrays: ReadonlyMap<string, HostArray>,
  metadata: Metadata = {},
): Uint8Array => {
  const header = encodeHeader(arrays, metadata);
  const parts = [...arrays.values()].map(toBytes);
  const file = new Uint8Array(8 + header.length + parts.reduce((n, p) => n + p.length, 0));
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let offset = 8 + header.length;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.length;
  }
  return file;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

const parseHeader = (bytes: Uint8Array): Readonly<Record<string, unknown>> => {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isRecord(parsed)) return parsed;
  } catch (error) {
    throw invalid(
      "the header must be JSON",
      String(error),
      "the file is damaged; load another copy",
    );
  }
  throw invalid("the header must be a JSON object", "another JSON value");
};

const readHeader = (
  file: Uint8Array,
): { readonly header: Readonly<Record<string, unknown>>; readonly body: Uint8Array } => {
  if (file.length < 8)
    throw invalid("a file starts with an 8-byte header length", `${file.length} bytes`);
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (length > maxHeaderBytes || 8 + length > file.length)
    throw invalid(
      "the header must lie within the file",
      `${length} bytes of header in ${file.length} bytes`,
      "the file is truncated or is not safetensors",
    );
  return { header: parseHeader(file.subarray(8, 8 + length)), body: file.subarray(8 + length) };
};

const readArray = (
  name: string,
  entry: unknown,
  body: Uint8Array,
): { readonly array: HostArray; readonly range: readonly [number, number] } => {
  if (
    !isRecord(entry) ||
    !isSizes(entry["shape"]) ||
    !isSizes(entry["data_offsets"]) ||
    typeof entry["dtype"] !== "string"
  )
    throw invalid(`entry "${name}" needs dtype, shape and data_offsets`, JSON.stringify(entry));
  const dtype = dtypeOfFile(entry["dtype"]);
  if (dtype === undefined)
    throw invalid(
      `dtype of "${name}" must be one of ${Object.values(fileTypes).join(", ")}`,
      entry["dtype"],
    );
  const [start = -1, end = -1] = entry["data_offsets"];
  const shape = entry["shape"];
  const size = sizeOf(shape);
  if (end < start || end - start !== size * byteSize(dtype))
    throw invalid(
      `data of "${name}" must fill its offsets`,
      `${end - start} bytes for ${entry["dtype"]}[${shape.join(",")}]`,
    );
  if (end > body.length)
    throw invalid(
      `data of "${name}" must lie within the file`,
      `up to byte ${end} of ${body.length}`,
      "the file is truncated; load another copy",
    );
  return {
    array: { shape, dtype, data: fromBytes(dtype, size, body.subarray(start, end)) },
    range: [start, end],
  };
};

const readMetadata = (value: unknown): Metadata => {
  if (value === undefined) return {};
  if (!isRecord(value)) throw invalid("__metadata__ must be an object of strings", typeof value);
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, String(v)]));
};

const checkCoverage = (ranges: readonly (readonly [number, number])[], length: number): void => {
  let covered = 0;
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (start !== covered)
      throw invalid(
        "data must be stored without holes or overlaps",
        `a tensor at byte ${start} where ${covered} was expected`,
      );
    covered = end;
  }
  if (covered !== length)
    throw invalid("data must end where the last tensor ends", `${length - covered} bytes more`);
};

/** Arrays of a safetensors file; throws SafetensorsError for anything that is not one. */
export const decodeArrays = (file: Uint8Array): Contents<HostArray> => {
  const { header, body } = readHeader(file);
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  const read = entries.map(([name, entry]) => ({ name, ...readArray(name, entry, body) }));
  checkCoverage(
    read.map((r) => r.range),
    body.length,
  );
  return {
    tensors: new Map(read.map((r) => [r.name, r.array])),
    metadata: readMetadata(header["__metadata__"]),
  };
};

/**
 * Bytes of a safetensors file with named tensors (https://github.com/huggingface/safetensors).
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { decode, encode } from "@adjoint/core/safetensors";
 * const bytes = await encode({ w: tensor([1, 2]) }, { step: "7" });
 * const { tensors, metadata } = decode(bytes);
 * await tensors.get("w")?.toArray(); // => [1, 2]
 * metadata; // => { step: "7" }
 * ```
 */
export const encode = async (
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Metadata = {},
): Promise<Uint8Array> => {
  const arrays = new Map<string, HostArray>();
  for (const [name, tensor] of Object.entries(tensors))
    arrays.set(name, await tensor.buffer.read());
  return encodeArrays(arrays, metadata);
};

/** Tensors of a safetensors file, on the current backend; throws SafetensorsError for anything that is not one. */
export const decode = (file: Uint8Array): Contents<Tensor> => {
  const { tensors, metadata } = decodeArrays(file);
  const upload = (array: HostArray): Tensor => Tensor.stored(getBackend().fromHost(array));
  return { tensors: new Map([...tensors].map(([name, array]) => [name, upload(array)])), metadata };
};
