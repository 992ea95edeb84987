import {
  type Aval,
  type Executable,
  formatAval,
  type Params,
  type Primitive,
} from "@adjoint/core/backend";
import { paramsKey } from "@adjoint/core/passes";

/** Text that is the same for calls that one executable can serve. */
export const callKey = (primitive: Primitive, inputs: readonly Aval[], params: Params): string =>
  `${primitive.name}${paramsKey(params)}(${inputs.map(formatAval).join()})`;

/** Executables of single operations; the least recently used one goes when there are too many. */
export class EagerCache {
  readonly #limit: number;
  readonly #entries = new Map<string, Executable>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string, make: () => Executable): Executable {
    const entry = this.#entries.get(key) ?? make();
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries;
    if (this.#entries.size > this.#limit && oldest !== undefined) {
      this.#entries.delete(oldest[0]);
      oldest[1].dispose();
    }
    return entry;
  }

  clear(): void {
    for (const entry of this.#entries.values()) entry.dispose();
    this.#entries.clear();
  }
}
