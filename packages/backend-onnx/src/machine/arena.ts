import type { WasmMemory } from "../wasm/wasm-memory.ts";
import { largestMemory } from "../wasm/function-builder.ts";
import { aligned } from "./memory-plan.ts";
import { unsupported } from "./unsupported.ts";

const page = 65536;

type Region = { readonly start: number; readonly bytes: number };

/**
 * The WebAssembly memory of a backend, of which each program has a region. Engines set address space aside for every
 * memory, tens of gigabytes, so programs cannot each have their own.
 */
export class Arena {
  readonly memory: WasmMemory;
  readonly isShared: boolean;
  /** Called before the memory moves, which a memory that is not shared does when it grows. */
  readonly movers: Set<() => void> = new Set();
  #end = 0;
  #free: Region[] = [];

  constructor(isShared: boolean) {
    this.isShared = isShared;
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: largestMemory, shared: isShared });
  }

  /** A region nobody uses; throws UnsupportedError when there is no memory for it. */
  take(bytes: number): number {
    const size = aligned(bytes);
    const known = this.#free.findIndex((region) => region.bytes >= size);
    const region = this.#free[known];
    if (region === undefined) return this.#grow(size);
    const rest = { start: region.start + size, bytes: region.bytes - size };
    this.#free.splice(known, 1, ...(rest.bytes > 0 ? [rest] : []));
    return region.start;
  }

  /** Takes a region back. */
  give(start: number, bytes: number): void {
    const regions = [...this.#free, { start, bytes: aligned(bytes) }].sort(
      (a, b) => a.start - b.start,
    );
    this.#free = [];
    for (const region of regions) {
      const last = this.#free.at(-1);
      if (last !== undefined && last.start + last.bytes === region.start)
        this.#free.splice(-1, 1, { start: last.start, bytes: last.bytes + region.bytes });
      else this.#free.push(region);
    }
  }

  #grow(size: number): number {
    const start = this.#end;
    const missing = Math.ceil((start + size - this.memory.buffer.byteLength) / page);
    if (missing > 0) {
      if ((start + size) / page > largestMemory) unsupported("programs larger than 4 GiB");
      if (!this.isShared) for (const move of this.movers) move();
      try {
        this.memory.grow(missing);
      } catch {
        unsupported("a program that does not fit in memory");
      }
    }
    this.#end = start + size;
    return start;
  }
}
