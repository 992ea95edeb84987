import { type Shape, sizeOf, stridesOf, type Var } from "@adjoint/core/backend";
import { addressOf, type Coordinates } from "../address/coordinates.ts";
import type { Access, Element, Operand } from "../kernel/kernel.ts";
import { fromStored, type HalfStorage, storageType, toStored } from "../wgsl/elementwise.ts";

/** Memory that one or several arrays of a program live in. */
export type Storage = {
  readonly element: Element;
  /** Elements. */
  readonly size: number;
  /** Of the array that has the storage to itself, where there is one. */
  readonly shape?: Shape;
};

/** Where the elements of an array are. */
export type Layout = {
  readonly storage: Storage;
  readonly offset: number;
  readonly strides: readonly number[];
};

/** Row-major storage of its own. */
export const ownLayout = ({ aval }: Pick<Var, "aval">, half: HalfStorage): Layout => ({
  storage:
    aval.dtype === "float64" // moved between host steps as pairs of words
      ? { element: "u32", size: 2 * sizeOf(aval.shape) }
      : {
          element: storageType(aval.dtype, half),
          size: sizeOf(aval.shape),
          shape: aval.shape,
        },
  offset: 0,
  strides: stridesOf(aval.shape),
});

/** The layouts of a program's arrays. */
export type Layouts = { readonly of: (variable: Var) => Layout; readonly half: HalfStorage };

/** The arrays that one kernel reads and writes, as they are met. */
export class KernelArrays {
  readonly storages: Storage[] = [];
  readonly #layouts: Layouts;
  readonly #access: Access[] = [];
  readonly #prefix: string;
  readonly #addresses = new Map<Storage, Set<string>>();

  constructor(layouts: Layouts, prefix = "a") {
    this.#layouts = layouts;
    this.#prefix = prefix;
  }

  /** Name of a storage in the kernel. */
  nameOf(storage: Storage, access: "read" | "write"): string {
    const known = this.storages.indexOf(storage);
    if (known >= 0) {
      if (this.#access[known] !== access) this.#access[known] = "update";
      return `${this.#prefix}${known}`;
    }
    this.storages.push(storage);
    this.#access.push(access);
    return `${this.#prefix}${this.storages.length - 1}`;
  }

  /** Expression for an element of an array. */
  load(variable: Var, at: Coordinates): string {
    const { storage, offset, strides } = this.#layouts.of(variable);
    const address = addressOf(at, strides).plus(offset).text;
    this.#note(storage, address);
    const stored = `${this.nameOf(storage, "read")}[${address}]`;
    return fromStored(variable.aval.dtype, stored, this.#layouts.half);
  }

  /** Statement that writes an element of an array. */
  store(variable: Var, at: Coordinates, value: string): string {
    const { storage, offset, strides } = this.#layouts.of(variable);
    const address = addressOf(at, strides).plus(offset).text;
    this.#note(storage, address);
    const stored = toStored(variable.aval.dtype, value, this.#layouts.half);
    return `${this.nameOf(storage, "write")}[${address}] = ${stored};`;
  }

  #note(storage: Storage, address: string): void {
    const known = this.#addresses.get(storage) ?? new Set();
    this.#addresses.set(storage, known.add(address));
  }

  /** Which written storage could lie where something is read, because both are used at one and the same address. */
  get elementwise(): ReadonlyMap<Storage, ReadonlySet<Storage>> {
    const only = (s: Storage): string | undefined => {
      const [address, ...others] = this.#addresses.get(s) ?? [];
      return others.length === 0 ? address : undefined;
    };
    const access = (kind: Access): readonly Storage[] =>
      this.storages.filter((_, i) => this.#access[i] === kind);
    const written = access("write");
    return new Map(
      access("read").map((read) => [
        read,
        new Set(
          written.filter(
            (w) =>
              only(w) !== undefined &&
              only(w) === only(read) &&
              w.element === read.element &&
              w.size === read.size,
          ),
        ),
      ]),
    );
  }

  get operands(): readonly Operand[] {
    return this.storages.map(({ element }, i) => ({
      name: `${this.#prefix}${i}`,
      element,
      access: this.#access[i] ?? "read",
    }));
  }

  /** Bytes of all arrays. */
  get bytes(): number {
    return this.storages.reduce(
      (n, { element, size }) => n + size * (element === "f16" ? 2 : 4),
      0,
    );
  }
}
