import type { HostArray } from "@adjoint/core/backend";
import type { ByteRanges } from "@adjoint/core/safetensors";
import { type ElementType, elementTypes } from "./element-types.ts";
import { invalid } from "./gguf-error.ts";
import { type GgufValue, readValue } from "./metadata.ts";
import { Reader } from "./reader.ts";

/** What a file says of a tensor. */
export type GgufTensor = {
  /** Outermost axis first, as everywhere in Adjoint; files have them the other way round. */
  readonly shape: readonly number[];
  /** How it is stored, such as `Q4_K`. */
  readonly type: string;
};

/** A GGUF file whose tensors are read one by one. */
export type GgufFile = {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** Reads a tensor as float32, from whatever it is stored as; throws GgufError. */
  readonly read: (name: string) => Promise<HostArray>;
};

type Stored = GgufTensor & {
  readonly element: ElementType;
  readonly start: number;
  readonly end: number;
};

const magic = 0x46554747; // "GGUF"

const readHeader = async (
  reader: Reader,
): Promise<{ readonly tensorCount: number; readonly valueCount: number }> => {
  const first = await reader.uint32();
  if (first !== magic) throw invalid("a file starts with GGUF", `0x${first.toString(16)}`);
  const version = await reader.uint32();
  if (version !== 2 && version !== 3)
    throw invalid("the version must be 2 or 3", String(version), "convert it anew");
  const tensorCount = await reader.count("the number of tensors");
  return { tensorCount, valueCount: await reader.count("the number of values") };
};

const readMetadata = async (reader: Reader, count: number): Promise<Map<string, GgufValue>> => {
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < count; i++) {
    const key = await reader.string();
    if (metadata.has(key)) throw invalid("each key is there once", `"${key}" twice`);
    metadata.set(key, await readValue(reader, await reader.uint32()));
  }
  return metadata;
};

const readTensor = async (reader: Reader): Promise<readonly [string, Omit<Stored, "end">]> => {
  const name = await reader.string();
  const rank = await reader.uint32();
  if (rank > 8) throw invalid(`"${name}" must have at most 8 axes`, String(rank));
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) shape.unshift(await reader.wide(false));
  const number = await reader.uint32();
  const element = elementTypes.get(number);
  if (element === undefined)
    throw invalid(
      `"${name}" must be stored as ${[...elementTypes.values()].map((t) => t.name).join(", ")}`,
      `type ${number}`,
      "quantize the model to one of these",
    );
  return [name, { shape, type: element.name, element, start: await reader.wide(false) }];
};

/** Bytes that a tensor takes. */
const bytesOf = (name: string, { shape, element }: Omit<Stored, "end">): number => {
  const last = shape.at(-1) ?? 1;
  if (last % element.elements !== 0)
    throw invalid(`rows of "${name}" must be whole blocks of ${element.elements}`, String(last));
  return (shape.reduce((n, d) => n * d, 1) / element.elements) * element.bytes;
};

const alignmentOf = (metadata: ReadonlyMap<string, GgufValue>): number => {
  const value = metadata.get("general.alignment") ?? 32;
  if (typeof value === "number" && value > 0 && Number.isInteger(value)) return value;
  throw invalid("general.alignment must be a whole number above 0", String(value));
};

const readAll = async (
  source: ByteRanges,
  name: string,
  stored: Stored | undefined,
): Promise<HostArray> => {
  if (stored === undefined) throw invalid("a tensor must be in the file", `no "${name}"`);
  const { element, shape, start, end } = stored;
  const bytes = await source.read(start, end);
  if (bytes.length !== end - start)
    throw invalid(`all bytes of "${name}" must come`, `${bytes.length} of ${end - start}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const blocks = bytes.length / element.bytes;
  const data = new Float32Array(blocks * element.elements);
  for (let b = 0; b < blocks; b++)
    element.decode(view, b * element.bytes, data, b * element.elements);
  return { shape, dtype: "float32", data };
};

/**
 * Opens a GGUF file, the format of llama.cpp: its metadata and the names, shapes and types of its tensors are read at once, each tensor
 * when it is asked for. F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q4_K and Q6_K become float32. Throws GgufError with the byte where something
 * is wrong. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
 */
export const openGguf = async (source: ByteRanges): Promise<GgufFile> => {
  const reader = new Reader(source);
  const { tensorCount, valueCount } = await readHeader(reader);
  const metadata = await readMetadata(reader, valueCount);
  const entries: (readonly [string, Omit<Stored, "end">])[] = [];
  for (let i = 0; i < tensorCount; i++) entries.push(await readTensor(reader));
  const alignment = alignmentOf(metadata);
  const data = Math.ceil(reader.position / alignment) * alignment;
  const tensors = new Map<string, Stored>();
  for (const [name, entry] of entries) {
    const start = data + entry.start;
    const end = start + bytesOf(name, entry);
    if (!(end <= source.size))
      throw invalid(
        `data of "${name}" must lie within the file`,
        `up to byte ${end} of ${source.size}`,
        "the file is truncated; load another copy",
      );
    if (tensors.has(name)) throw invalid("each tensor is there once", `"${name}" twice`);
    tensors.set(name, { ...entry, start, end });
  }
  return {
    metadata,
    tensors: new Map([...tensors].map(([name, { shape, type }]) => [name, { shape, type }])),
    read: (name) => readAll(source, name, tensors.get(name)),
  };
};
