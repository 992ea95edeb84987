import { allocate, type DType, type HostData } from "@adjoint/core/backend";

const keyOf = (data: HostData): string => `${data.constructor.name}${data.length}`;

/** Arrays whose contents nobody needs any more, kept to be written again instead of allocating. */
export class ArrayPool {
  readonly #free = new Map<string, HostData[]>();

  /** An array for `size` elements, with any contents. */
  take(dtype: DType, size: number): HostData {
    if (this.#free.size === 0) return allocate(dtype, size);
    const name = dtype === "float64" ? "Float64Array" : dtype === "int32" ? "Int32Array" : dtype === "uint32" ? "Uint32Array" : dtype === "bool" ? "Uint8Array" : "Float32Array";
    return this.#free.get(`${name}${size}`)?.pop() ?? allocate(dtype, size);
  }

  give(data: HostData): void {
    const key = keyOf(data);
    const list = this.#free.get(key);
    if (list === undefined) this.#free.set(key, [data]);
    else list.push(data);
  }
}
