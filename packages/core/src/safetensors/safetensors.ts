import { byteSize } from "../dtype.ts";
import { getBackend } from "../backend/current.ts";
import type { HostArray } from "../host-array.ts";
import { sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { fileTypes, toBytes } from "./elements.ts";
import { checkEnd, headerLength, type Metadata, parseHeader } from "./header.ts";

/** What a file holds. */
export type Contents<T> = { readonly tensors: ReadonlyMap<string, T>; readonly metadata: Metadata };

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

/** Arrays of a safetensors file; throws SafetensorsError for anything that is not one. */
export const decodeArrays = (file: Uint8Array): Contents<HostArray> => {
  const start = 8 + headerLength(file.subarray(0, 8), file.length);
  const { entries, metadata } = parseHeader(file.subarray(8, start));
  checkEnd(entries, file.length - start);
  const read = [...entries].map(([name, { type, shape, range }]): [string, HostArray] => {
    const bytes = file.subarray(start + range[0], start + range[1]);
    return [name, { dtype: type.dtype, shape, data: type.read(bytes, sizeOf(shape)) }];
  });
  return { tensors: new Map(read), metadata };
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
