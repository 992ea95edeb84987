import type { Device } from "../device/device.ts";

const usage = (): number =>
  GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/** A buffer that somebody else owns. */
export type Lent = { readonly buffer: GPUBuffer; readonly release: () => void };

/** A GPU buffer that blocks are parts of; it goes back when the last of them is let go. */
export class Slab {
  readonly gpu: GPUBuffer;
  readonly #giveBack: () => void;
  #holders = 0;

  /** A buffer of `device`, or one that `lent` takes back. */
  constructor(device: Device, bytes: number, lent?: Lent) {
    const gpu = lent?.buffer ?? device.buffers.acquire(bytes, usage());
    this.gpu = gpu;
    this.#giveBack = lent?.release ?? ((): void => device.buffers.release(gpu));
  }

  retain(): void {
    this.#holders++;
  }

  release(): void {
    if (--this.#holders === 0) this.#giveBack();
  }
}

/** Bytes of GPU memory that tensors and running programs hold together; they are free when nobody holds them. */
export class Block {
  readonly slab: Slab;
  readonly offset: number;
  readonly bytes: number;
  /** Why the contents were never computed, where that is so. */
  failure: Error | undefined;
  #holders = 1;

  constructor(slab: Slab, offset: number, bytes: number) {
    this.slab = slab;
    this.offset = offset;
    this.bytes = bytes;
    slab.retain();
  }

  /** A block that has a buffer to itself. */
  static alone(device: Device, bytes: number): Block {
    return new Block(new Slab(device, bytes), 0, bytes);
  }

  get gpu(): GPUBuffer {
    return this.slab.gpu;
  }

  /** Whether one holder is left, so that nobody would notice other contents. */
  get isExclusive(): boolean {
    return this.#holders === 1;
  }

  retain(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    if (--this.#holders === 0) this.slab.release();
  }
}
