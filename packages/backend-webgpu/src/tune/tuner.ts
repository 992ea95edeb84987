import type { DeviceProfile } from "../device/profile.ts";
import { warn } from "../internal/warn.ts";
import type { Runtime } from "../run/runtime.ts";
import { type Candidates, candidatesOf } from "./candidate.ts";
import { adapterKey, productClass, productFlops } from "./product-class.ts";
import type { ChooseVariant, Product } from "./product.ts";
import { fastest } from "./time-candidates.ts";
import { TuningCache } from "./tuning-cache.ts";
import type { TuningMode, TuningOptions } from "./tuning-options.ts";

/** Chooses the kernels of matrix products by timing them, once for each kind of product on an adapter. */
export class Tuner {
  readonly #mode: TuningMode;
  readonly #save: TuningOptions["save"];
  readonly #budgetMs: number;
  readonly #smallest: number;
  readonly #cache = new TuningCache();
  /** Kinds of products that were timed or are being timed. */
  readonly #begun = new Map<string, Promise<void>>();
  #last: Promise<void> = Promise.resolve();

  constructor(options: TuningMode | TuningOptions = {}) {
    const settings = typeof options === "string" ? { mode: options } : options;
    this.#mode = settings.mode ?? "auto";
    this.#save = settings.save;
    this.#budgetMs = settings.budgetMs ?? 200;
    this.#smallest = settings.smallest ?? 2 ** 26;
  }

  /** A tuner with what its `load` gives; when that fails, a warning is written and everything is timed anew. */
  static async create(options: TuningMode | TuningOptions = {}): Promise<Tuner> {
    const tuner = new Tuner(options);
    if (typeof options !== "object" || options.load === undefined) return tuner;
    try {
      tuner.#cache.add(await options.load());
    } catch (error) {
      const { onWarning = warn } = options;
      onWarning(`tuning: what was saved cannot be read, and is found anew: ${String(error)}`);
    }
    return tuner;
  }

  isOn({ isSoftware }: DeviceProfile): boolean {
    return this.#mode === "on" || (this.#mode === "auto" && !isSoftware);
  }

  /** Chooses by what is known; products that nothing is known of are added to `unknown`. */
  choice(profile: DeviceProfile, unknown: Product[] = []): ChooseVariant {
    const adapter = adapterKey(profile);
    return (product) => {
      if (!this.isOn(profile)) return undefined;
      const known = this.#cache.find(adapter, product);
      const isWorthIt = product.variants.length > 1 && productFlops(product.spec) >= this.#smallest;
      if (known === undefined && isWorthIt) unknown.push(product);
      return known;
    };
  }

  /** Times products; resolves when all of them are done that there was time for. Never rejects. */
  async tune(products: readonly Product[], runtime: Runtime): Promise<void> {
    const adapter = adapterKey(runtime.device.profile);
    const classes = new Map(products.map((p) => [`${adapter} ${productClass(p.spec)}`, p]));
    const fresh = [...classes].filter(([name]) => !this.#begun.has(name));
    if (fresh.length > 0) {
      const done = this.#last.then(() => this.#timeAll(new Map(fresh), runtime, adapter));
      for (const [name] of fresh) this.#begun.set(name, done);
      this.#last = done;
    }
    await Promise.all([...classes.keys()].flatMap((name) => this.#begun.get(name) ?? []));
  }

  async #timeAll(
    products: ReadonlyMap<string, Product>,
    runtime: Runtime,
    adapter: string,
  ): Promise<void> {
    const left = new Set(products.keys());
    try {
      const all = [...products].map(([name, p]) => [name, candidatesOf(p, runtime)] as const);
      await Promise.all(all.flatMap(([, c]) => (c === undefined ? [] : madeOf(c))));
      let isNew = false;
      const start = performance.now();
      const isLate = (): boolean => performance.now() - start >= this.#budgetMs;
      for (const [name, candidates] of all) {
        if (isLate()) break;
        left.delete(name);
        const variant = candidates && (await fastest(runtime, candidates, isLate));
        if (candidates === undefined || variant === undefined) continue;
        this.#cache.set(adapter, candidates.product, variant);
        isNew = true;
      }
      if (isNew) await this.#save?.(this.#cache.table);
    } catch {
      // timing is for speed alone: without it the best guess stays
    }
    for (const name of left) this.#begun.delete(name); // there was no time for them
  }
}

const madeOf = ({ list }: Candidates): readonly Promise<void>[] =>
  list.flatMap(({ dispatches }) => dispatches.map((d) => d.pipeline.made));
