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

/** One buffer's place in the count. It does not refer to the buffer where `collected` does not. */
class Account {
  readonly #name: string;
  readonly #bytes: number;
  readonly #collected: () => void;
  #open = true;

  constructor(buffer: Buffer) {
    this.#name = buffer.backend.name;
    this.#bytes = buffer.bytes;
    this.#collected = buffer.collected ?? (() => buffer.dispose());
    count(this.#name, 1, this.#bytes);
    peakBytes = Math.max(peakBytes, total("bytes"));
  }

  close(): void {
    if (this.#open) count(this.#name, -1, -this.#bytes);
    this.#open = false;
  }

  /** For when nothing refers to the tensor any more. */
  collect(): void {
    if (!this.#open) return;
    this.close();
    this.#collected();
  }
}

/** What a tensor holds of a buffer; `release` is safe to call twice. */
export class Holding {
  readonly account: Account;
  #buffer: Buffer | undefined;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
    this.account = new Account(buffer);
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
    if (buffer !== undefined) this.account.close();
    return buffer;
  }
}

// The registry keeps what it is given until the callback, which waits for the event loop: accounts, not contents
const collected = /* @__PURE__ */ new FinalizationRegistry<Account>((account) => account.collect());

/** Frees what `holding` holds when `owner` is garbage collected. */
export const releaseWhenCollected = (owner: object, holding: Holding): void =>
  collected.register(owner, holding.account);

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
