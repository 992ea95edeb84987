import type { MatmulVariant } from "../matmul/matmul-variant.ts";
import { productClass, variantKey } from "./product-class.ts";
import type { Product } from "./product.ts";
import type { TuningTable } from "./tuning-options.ts";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What was found to be fastest on one adapter or several. */
export class TuningCache {
  readonly #choices = new Map<string, Map<string, string>>();

  /** Adds a table that was saved; what is no text is left out. */
  add(table: unknown): void {
    if (!isRecord(table)) return;
    for (const [adapter, choices] of Object.entries(table)) {
      if (!isRecord(choices)) continue;
      for (const [name, choice] of Object.entries(choices))
        if (typeof choice === "string") this.#of(adapter).set(name, choice);
    }
  }

  /** The way that was fastest; undefined when none was found, or one that does not exist for this product. */
  find(adapter: string, { spec, variants }: Product): MatmulVariant | undefined {
    const choice = this.#of(adapter).get(productClass(spec));
    return choice === undefined ? undefined : variants.find((v) => variantKey(v) === choice);
  }

  set(adapter: string, { spec }: Product, variant: MatmulVariant): void {
    this.#of(adapter).set(productClass(spec), variantKey(variant));
  }

  get table(): TuningTable {
    return Object.fromEntries(
      [...this.#choices].map(([adapter, choices]) => [adapter, Object.fromEntries(choices)]),
    );
  }

  #of(adapter: string): Map<string, string> {
    const known = this.#choices.get(adapter) ?? new Map<string, string>();
    this.#choices.set(adapter, known);
    return known;
  }
}
