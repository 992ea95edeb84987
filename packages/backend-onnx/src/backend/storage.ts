import { BackendError, type HostData } from "@adjoint/core/backend";

/** An array that several buffers may share; `pending` while something in the background still writes it. */
export class Storage {
  readonly data: HostData;
  #owners = 0;
  #pending: Promise<void> | undefined;

  constructor(data: HostData, pending?: Promise<void>) {
    this.data = data;
    this.#pending = pending;
    void pending?.then(
      () => (this.#pending = undefined),
      () => undefined, // whoever reads it is told
    );
  }

  /** What to wait for before the contents are there. */
  get pending(): Promise<void> | undefined {
    return this.#pending;
  }

  /** Whether one buffer alone uses it, so that its end is the end of the contents. */
  get isExclusive(): boolean {
    return this.#owners === 1;
  }

  own(): this {
    this.#owners++;
    return this;
  }

  disown(): void {
    this.#owners--;
  }

  /** The contents; throws BackendError while they are being computed. */
  now(): HostData {
    if (this.#pending === undefined) return this.data;
    throw new BackendError({
      operation: "read",
      rule: "a result computed in the background cannot be read at once",
      fix: "await data(), item() or toArray() instead of their Sync forms",
    });
  }
}
