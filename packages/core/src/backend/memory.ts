import type { Buffer } from "./backend.ts";

/** What `memory()` reports: tensors alive and the bytes they hold, by backend and in all. */
export type MemoryReport = {
  readonly tensors: number;
  readonly bytes: number;
  readonly peakBytes: number;
  readonly backends: Readonly<Record<string, { readonly tensors: number; readonly bytes: number }>>;
};

type Usage = { tensors: number; bytes: number };

const usage = new Map<string, Usage>();
let peakBytes = 0;
const total = (key: keyof Usage): number => [...usage.values()].reduce((n, u) => n + u[key], 0);

const count = (name: string, tensors: number, bytes: number): void => {
  const before = usage.get(name) ?? { tensors: 0, bytes: 0 };
  usage.set(name, { tensors: before.tensors + tensors, bytes: before.bytes + bytes });
};

/** One buffer's place in the count; `release` is safe to call twice. */
export class Holding {
  /** Gone when released: the registry below holds on to this object until the owner's callback, which may be long. */
  #buffer: Buffer | undefined;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
    count(buffer.backend.name, 1, buffer.bytes);
    peakBytes = Math.max(peakBytes, total("bytes"));
  }

  get open(): boolean {
    return this.#buffer !== undefined;
  }

  release(): void {
    this.surrender()?.dispose();
  }

  /** Stops counting the buffer and gives it away, without freeing it; undefined when it was released before. */
  surrender(): Buffer | undefined {
    const buffer = this.#buffer;
    this.#buffer = undefined;
    if (buffer !== undefined) count(buffer.backend.name, -1, -buffer.bytes);
    return buffer;
  }
}

const collected = /* @__PURE__ */ new FinalizationRegistry<Holding>((holding) => holding.release());

/** Frees `holding` when `owner` is garbage collected. */
export const releaseWhenCollected = (owner: object, holding: Holding): void =>
  collected.register(owner, holding);

/**
 * Tensors alive now and the bytes they hold. Tensors that nothing refers to count until the garbage collector ran.
 *
 * ```ts doctest
 * import { memory, zeros } from "@adjoint/core";
 * const before = memory().bytes;
 * using x = zeros([256]).add(1);
 * memory().bytes - before >= x.size * 4; // => true
 * ```
 */
export const memory = (): MemoryReport => ({
  tensors: total("tensors"),
  bytes: total("bytes"),
  peakBytes,
  backends: Object.fromEntries([...usage].map(([name, u]) => [name, { ...u }])),
});
