import { BackendError, type HostData } from "@adjoint/core/backend";
import type { ArrayPool } from "./array-pool.ts";

type Ownership = { owners: number };

/** Ends one ownership; made here so that it refers to nothing else. */
const enderOf = (ownership: Ownership) => (): void => {
  ownership.owners--;
};

/** An array that several buffers may share. It may be promised, and it may be moved. */
export class Storage {
  #data: HostData | undefined;
  readonly #ownership: Ownership = { owners: 0 };
  /** Runs that are to come. */
  #readers = 0;
  /** Copies that wait for the contents. */
  #copies = 0;
  #pending: Promise<void> | undefined;
  #pool: ArrayPool | undefined;

  constructor(data: HostData | undefined) {
    this.#data = data;
  }

  /** The contents; throws BackendError while they are being computed. */
  get data(): HostData {
    if (this.#data !== undefined) return this.#data;
    throw new BackendError({
      operation: "read",
      rule: "a result computed in the background cannot be read at once",
      fix: "await data(), item() or toArray() instead of their Sync forms",
    });
  }

  /** What to wait for before the contents are there; it fails when the computation failed. */
  get pending(): Promise<void> | undefined {
    return this.#pending;
  }

  promise(pending: Promise<void>): void {
    this.#pending = pending;
  }

  /** Gives it its contents; they go to `pool` when nobody needs them any more and they are given back. */
  settle(data: HostData, pool?: ArrayPool): void {
    this.#data = data;
    this.#pending = undefined;
    this.#pool = pool;
  }

  /** Gives contents that nobody needs back to where they came from. */
  giveBack(): void {
    const [pool, data] = [this.#pool, this.#data];
    if (pool === undefined || data === undefined || this.isNeeded) return;
    this.#pool = undefined;
    this.#data = undefined;
    pool.give(data);
  }

  /** Gives the contents to `pool`, and to no other later. */
  giveTo(pool: ArrayPool): void {
    this.#pool = undefined;
    pool.give(this.data);
  }

  /** Lets go of contents that another storage holds from now on. */
  handOver(): void {
    this.#pool = undefined;
    this.#data = undefined;
  }

  /** The contents as they are now or, where they are promised, as they will be: runs that come later change nothing. */
  async copy(): Promise<HostData> {
    if (this.#pending === undefined) return this.data.slice();
    this.#copies++;
    try {
      await this.#pending;
      return this.data.slice();
    } finally {
      this.#copies--;
    }
  }

  /** Copies the contents to an array of their own, so that the place they were in can be written. */
  moveOut(): void {
    this.#data = this.data.slice();
  }

  /** Whether one buffer alone uses it and nothing waits to copy it, so that its end is the end of the contents. */
  get isExclusive(): boolean {
    return this.#ownership.owners === 1 && this.#copies === 0;
  }

  /** Whether a buffer shows the contents, a copy waits for them or a run that is to come reads them. */
  get isNeeded(): boolean {
    return this.#ownership.owners > 0 || this.#copies > 0 || this.#readers > 0;
  }

  /** Keeps the contents until `release`, for a run that is to come. */
  retain(): void {
    this.#readers++;
  }

  release(): void {
    this.#readers--;
  }

  own(): this {
    this.#ownership.owners++;
    return this;
  }

  /** Gives up what `own` took, without referring to the contents. */
  get disown(): () => void {
    return enderOf(this.#ownership);
  }
}
