/** Bytes from a start to an end. */
export type Range = readonly [number, number];

/** Memory that one thread reads and writes in one task. */
export type Access = {
  readonly thread: number;
  readonly reads: readonly Range[];
  readonly writes: readonly Range[];
};

const meet = (some: readonly Range[], others: readonly Range[]): boolean =>
  some.some(([from, to]) => others.some(([start, end]) => start < to && from < end));

/** Tells when threads have to wait for each other: when one touches what another has touched since they last met, and not both only read it. */
export class ThreadOrder {
  readonly #reads: Range[][];
  readonly #writes: Range[][];

  constructor(threads: number) {
    this.#reads = Array.from({ length: threads }, () => []);
    this.#writes = Array.from({ length: threads }, () => []);
  }

  /** Adds what a task does; true when the threads must meet before it. */
  add(accesses: readonly Access[]): boolean {
    const mustMeet = accesses.some(({ thread, reads, writes }) =>
      this.#writes.some(
        (written, other) =>
          other !== thread &&
          (meet(reads, written) || meet(writes, written) || meet(writes, this.#reads[other] ?? [])),
      ),
    );
    if (mustMeet) for (const list of [...this.#reads, ...this.#writes]) list.length = 0;
    for (const { thread, reads, writes } of accesses) {
      this.#reads[thread]?.push(...reads);
      this.#writes[thread]?.push(...writes);
    }
    return mustMeet;
  }
}
