import { freesTimer } from "../internal/frees-timer.ts";

/** What a program keeps between its runs. */
export type Keeper = {
  readonly bytes: number;
  /** Gives it back; the next run gets it anew. */
  readonly forget: () => void;
};

/** Settings of `KeptMemory`. */
export type KeptMemoryOptions = {
  /** Bytes up to which a program keeps its memory as long as it lives. */
  readonly small: number;
  /** Bytes that all others together may keep. */
  readonly limit: number;
  /** Milliseconds after its last run for which a program keeps its memory. */
  readonly idle: number;
};

/**
 * The memory that large programs keep between runs, because getting it anew costs more than the work that is done in it. It is given
 * back when a program has not run for a while, and by those that ran longest ago when there is too much of it.
 */
export class KeptMemory {
  readonly small: number;
  readonly limit: number;
  readonly #idle: number;
  /** When each ran last, the oldest first. */
  readonly #ran = new Map<Keeper, number>();
  #bytes = 0;
  #isWatching = false;

  constructor({ small, limit, idle }: KeptMemoryOptions) {
    this.small = small;
    this.limit = limit;
    this.#idle = idle;
  }

  /** Bytes that are kept now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Notes that a program runs, and makes room for what it keeps. */
  runs(keeper: Keeper): void {
    if (!this.#ran.delete(keeper)) this.#bytes += keeper.bytes;
    this.#ran.set(keeper, performance.now());
    for (const [oldest] of this.#ran) {
      if (this.#bytes <= this.limit || oldest === keeper) break;
      this.forget(oldest);
    }
    this.#watch();
  }

  /** Has a program give back what it keeps. */
  forget(keeper: Keeper): void {
    if (!this.#ran.delete(keeper)) return;
    this.#bytes -= keeper.bytes;
    keeper.forget();
  }

  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    freesTimer(() => {
      this.#isWatching = false;
      const latest = performance.now() - this.#idle;
      for (const [keeper, at] of this.#ran) if (at <= latest) this.forget(keeper);
      if (this.#ran.size > 0) this.#watch();
    }, this.#idle);
  }
}
