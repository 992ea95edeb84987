import type { Device } from "../device/device.ts";
import type { BoundKernel } from "../run/bound-kernel.ts";
import type { Profiler } from "../run/runtime.ts";

/** Kernels whose times one set of queries holds; a set has at most 4096 queries. */
const perSet = 1024;

/** A kernel that ran, and for how long. */
export type KernelTime = { readonly kernel: BoundKernel; readonly ns: number };

/** Gives each kernel a compute pass of its own and takes the time on the GPU at its beginning and end. */
export class KernelTimer implements Profiler {
  readonly #kernels: BoundKernel[] = [];
  readonly #sets: GPUQuerySet[] = [];
  #open: GPUComputePassEncoder | undefined;

  pass(device: Device, kernel: BoundKernel): GPUComputePassEncoder {
    const place = this.#kernels.length % perSet;
    this.#kernels.push(kernel);
    const querySet = this.#set(device, place === 0);
    const [begin, end] = [2 * place, 2 * place + 1];
    this.#open = device.encoder().beginComputePass({
      label: kernel.name,
      timestampWrites: { querySet, beginningOfPassWriteIndex: begin, endOfPassWriteIndex: end },
    });
    return this.#open;
  }

  end(): void {
    this.#open?.end();
    this.#open = undefined;
  }

  #set({ gpu }: Device, isNew: boolean): GPUQuerySet {
    const last = this.#sets.at(-1);
    if (!isNew && last !== undefined) return last;
    const set = gpu.createQuerySet({ type: "timestamp", count: 2 * perSet });
    this.#sets.push(set);
    return set;
  }

  /** The times of all kernels so far, in order; waits for the GPU. Frees the queries. */
  async read(device: Device): Promise<readonly KernelTime[]> {
    const times: KernelTime[] = [];
    for (const [i, set] of this.#sets.entries()) {
      const kernels = this.#kernels.slice(i * perSet, (i + 1) * perSet);
      const stamps = await readSet(device, set, 2 * kernels.length);
      kernels.forEach((kernel, j) => {
        const [begin = 0n, end = 0n] = [stamps[2 * j], stamps[2 * j + 1]];
        times.push({ kernel, ns: end > begin ? Number(end - begin) : 0 });
      });
    }
    for (const set of this.#sets) set.destroy();
    return times;
  }
}

/** The time stamps of a set, in nanoseconds. */
const readSet = async (
  device: Device,
  set: GPUQuerySet,
  count: number,
): Promise<BigUint64Array> => {
  const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
  const buffer = device.buffers.acquire(8 * count, usage);
  try {
    device.encoder().resolveQuerySet(set, 0, count, buffer, 0);
    const bytes = await device.read(buffer, 0, 8 * count);
    return new BigUint64Array(bytes.buffer, 0, count);
  } finally {
    device.buffers.release(buffer);
  }
};
