import { allocate, type DType, type HostData } from "@adjoint/core/backend";

type Kind = { readonly dtype: DType; readonly size: number };

const classes: Readonly<Record<DType, string>> = {
  ...{
    float32: "Float32Array",
    float16: "Float32Array",
    bfloat16: "Float32Array",
    float64: "Float64Array",
  },
  ...{ int32: "Int32Array", uint32: "Uint32Array", bool: "Uint8Array" },
};

type Shelf = { readonly room: number; readonly free: HostData[] };

/** Arrays whose contents nobody needs any more, kept to be written again instead of allocating. */
export class ArrayPool {
  readonly #shelves = new Map<string, Shelf>();

  /** Keeps as many arrays of each kind as `wanted` has. */
  constructor(wanted: readonly Kind[] = []) {
    for (const { dtype, size } of wanted) {
      const key = `${classes[dtype]}${size}`;
      this.#shelves.set(key, { room: (this.#shelves.get(key)?.room ?? 0) + 1, free: [] });
    }
  }

  /** An array for `size` elements, with any contents. */
  take(dtype: DType, size: number): HostData {
    return this.#shelves.get(`${classes[dtype]}${size}`)?.free.pop() ?? allocate(dtype, size);
  }

  give(data: HostData): void {
    const shelf = this.#shelves.get(`${data.constructor.name}${data.length}`);
    if (shelf !== undefined && shelf.free.length < shelf.room) shelf.free.push(data);
  }

  /** Lets go of what is kept. */
  clear(): void {
    for (const { free } of this.#shelves.values()) free.length = 0;
  }
}
