import type { HostArray } from "@adjoint/core/backend";
import type { ByteRanges } from "@adjoint/core/safetensors";
import { elementTypes } from "./element-types.ts";
import { invalid } from "./gguf-error.ts";
import { type GgufValue, readValue } from "./metadata.ts";
import { type PlacedTensor, placeTensors, type TensorEntry } from "./placed-tensors.ts";
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

type Entry = GgufTensor & TensorEntry;
type Stored = PlacedTensor<Entry>;

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

const readTensor = async (reader: Reader): Promise<readonly [string, Entry]> => {
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
  return [name, { shape, type: element.name, element, offset: await reader.wide(false) }];
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
 * is wrong, such as tensors that are not aligned or lie over each other. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
 */
export const openGguf = async (source: ByteRanges): Promise<GgufFile> => {
  const reader = new Reader(source);
  const { tensorCount, valueCount } = await readHeader(reader);
  const metadata = await readMetadata(reader, valueCount);
  const entries: (readonly [string, Entry])[] = [];
  for (let i = 0; i < tensorCount; i++) entries.push(await readTensor(reader));
  const tensors = new Map<string, Stored>();
  const end = { headerEnd: reader.position, size: source.size };
  for (const own of placeTensors(entries, metadata, end)) {
    if (tensors.has(own.name)) throw invalid("each tensor is there once", `"${own.name}" twice`);
    tensors.set(own.name, own);
  }
  return {
    metadata,
    tensors: new Map([...tensors].map(([name, { shape, type }]) => [name, { shape, type }])),
    read: (name) => readAll(source, name, tensors.get(name)),
  };
};
