/** The part of `WebAssembly.Memory` that is needed, spelled out for programs whose types lack WebAssembly. */
export type WasmMemory = {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
};
