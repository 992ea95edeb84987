export type { GgufValue } from "./gguf/metadata.ts";
export { GgufError } from "./gguf/gguf-error.ts";
export { type GgufFile, type GgufTensor, openGguf } from "./gguf/open-gguf.ts";
