import type { WasmMemory } from "../wasm/wasm-memory.ts";

/** The memory as an instance imports it; every WasmMemory is a WebAssembly.Memory, named by the part that is used. */
export function memoryImport(memory: WasmMemory): WebAssembly.Memory {
  return memory as WebAssembly.Memory;
}
