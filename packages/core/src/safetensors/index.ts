export { SafetensorsError } from "./format-error.ts";
export type { Metadata } from "./header.ts";
export { type ByteRanges, type LazyFile, open } from "./open.ts";
export { type Contents, decode, decodeArrays, encode, encodeArrays } from "./safetensors.ts";
