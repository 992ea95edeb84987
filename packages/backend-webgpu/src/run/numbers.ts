import type { Device } from "../device/device.ts";
import type { Shader } from "./pipelines.ts";

/** Where a shader reads its numbers. */
export type Numbers = {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
};

/** Bytes of numbers, as the whole vec4 that they are read by. */
const bytesOf = (numbers: readonly number[]): number => 16 * Math.ceil(numbers.length / 4);

/** The numbers that the shaders of a program read, in one uniform buffer. */
export class NumberTable {
  readonly #device: Device;
  readonly #buffer: GPUBuffer | undefined;
  readonly #places: readonly (Omit<Numbers, "buffer"> | undefined)[];

  constructor(device: Device, shaders: readonly Shader[]) {
    this.#device = device;
    const alignment = device.gpu.limits.minUniformBufferOffsetAlignment;
    let bytes = 0;
    this.#places = shaders.map(({ numbers }) => {
      if (numbers === undefined) return undefined;
      const [offset, size] = [bytes, bytesOf(numbers)];
      bytes += Math.ceil(size / alignment) * alignment;
      return { offset, size };
    });
    if (bytes === 0) return;
    const words = new Uint32Array(bytes / 4);
    shaders.forEach(({ numbers }, i) =>
      words.set(numbers ?? [], (this.#places[i]?.offset ?? 0) / 4),
    );
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    this.#buffer = device.buffers.acquire(bytes, usage);
    device.upload(this.#buffer, new Uint8Array(words.buffer));
  }

  /** The numbers of shader `i`; undefined when they are part of it. */
  of(i: number): Numbers | undefined {
    const place = this.#places[i];
    if (place === undefined || this.#buffer === undefined) return undefined;
    return { buffer: this.#buffer, ...place };
  }

  dispose(): void {
    if (this.#buffer !== undefined) this.#device.buffers.release(this.#buffer);
  }
}
