import {
  allocate,
  type Atom,
  BackendError,
  type Eqn,
  type HostArray,
  type HostData,
  sizeOf,
  type Var,
} from "@adjoint/core/backend";
import type { Folded } from "@adjoint/core/passes";
import { ArrayPool } from "./array-pool.ts";
import type { OnnxBuffer } from "./onnx-buffer.ts";
import { KernelMemory } from "./kernel-memory.ts";
import { literalArray, type Values } from "./run-segment.ts";
import { Storage } from "./storage.ts";
import { updatesInPlace } from "./updates-in-place.ts";

/** The places of a result among the inputs and of its first among the results; -1 among inputs for none. */
type Source = { readonly input: number; readonly first: number };

const sourcesOf = (
  outputs: readonly Atom[],
  places: ReadonlyMap<Atom, number>,
): readonly Source[] => {
  const firsts = new Map<Atom, number>();
  return outputs.map((atom, i) => {
    const first = firsts.get(atom) ?? i;
    firsts.set(atom, first);
    return { input: places.get(atom) ?? -1, first };
  });
};

/** What every run of a compiled program shares, whatever engine it runs on. */
export class Program {
  readonly tail: KernelMemory | undefined;
  readonly #inputs: readonly Var[];
  readonly #outputs: readonly Atom[];
  readonly #constants: ReadonlyMap<Var, HostArray>;
  readonly #donated: readonly boolean[];
  readonly #results: ReadonlySet<Atom>;
  readonly #pool: ArrayPool;
  readonly #places: ReadonlyMap<Var, number>;
  readonly #updates: ReadonlyMap<Var, Var>;
  readonly #sources: readonly Source[];
  #recycles = false;

  constructor(folded: Folded, donated: readonly boolean[]) {
    const { ir, constants } = folded;
    this.#inputs = [...ir.captures.map((c) => c.variable), ...ir.inputs];
    this.#places = new Map(this.#inputs.map((v, i) => [v, i]));
    this.#constants = constants;
    this.#donated = donated;
    const given = this.#inputs.filter((_, i) => donated[i] === true);
    this.tail = KernelMemory.of(ir, given);
    this.#updates = this.tail === undefined ? updatesInPlace(ir, new Set(given)) : new Map();
    this.#outputs = ir.outputs;
    this.#sources = sourcesOf(ir.outputs, this.#places);
    this.#results = new Set(this.#outputs);
    const fetched = ir.outputs.filter((atom) => this.tail?.writes(atom) !== true);
    this.#pool = new ArrayPool(
      fetched.map(({ aval }) => ({ dtype: aval.dtype, size: sizeOf(aval.shape) })),
    );
    this.avals = ir.outputs.map((a) => a.aval);
  }

  /** Types of the outputs. */
  readonly avals: readonly Atom["aval"][];

  /** From now on writes results to the arrays of disposed ones, which it keeps until `forget`. */
  recycle(): void {
    this.#recycles = true;
  }

  /** Lets go of arrays that it keeps for the next run. */
  forget(): void {
    this.#pool.clear();
  }

  /** Equations that the kernels at the end compute. */
  get tailEquations(): ReadonlySet<Eqn> {
    return this.tail?.eqns ?? new Set();
  }

  /** Storages of donated inputs that nothing else uses. */
  dying(inputs: readonly OnnxBuffer[]): ReadonlySet<Storage> {
    const dying = new Set<Storage>();
    if (!this.#donated.includes(true)) return dying;
    inputs.forEach(({ storage }, i) => {
      if (this.#donated[i] === true && storage.isExclusive) dying.add(storage);
    });
    const seen = new Set<Storage>();
    for (const { storage } of inputs) {
      if (seen.has(storage)) dying.delete(storage);
      seen.add(storage);
    }
    return dying;
  }

  /** Puts donated state in kernel memory before a run; not for runs that others may still come before. */
  enter(inputs: readonly OnnxBuffer[], dying: ReadonlySet<Storage>): void {
    if (dying.size > 0) this.tail?.enter((v) => inputs[this.#places.get(v) ?? -1]?.storage, dying);
  }

  /** Contents of the inputs and constants. */
  values(inputs: readonly OnnxBuffer[]): Values {
    const values: Values = new Map();
    for (const [v, { data }] of this.#constants) values.set(v, data);
    this.#inputs.forEach((v, i) => {
      const buffer = inputs[i];
      if (buffer === undefined)
        throw new BackendError({
          operation: "run",
          rule: `needs ${this.#inputs.length} inputs`,
          got: `${inputs.length}`,
        });
      values.set(v, buffer.storage.data);
    });
    return values;
  }

  /** The `dying` input that a result may be written over. */
  replaced(
    result: Var,
    inputs: readonly OnnxBuffer[],
    dying: ReadonlySet<Storage>,
  ): HostData | undefined {
    const input = this.#updates.get(result);
    const storage =
      input === undefined ? undefined : inputs[this.#places.get(input) ?? -1]?.storage;
    return storage !== undefined && dying.has(storage) ? storage.data : undefined;
  }

  /** An array for a result to be written to: at its place in kernel memory, or any. */
  take(variable: Var): HostData {
    const view = this.#results.has(variable) ? undefined : this.tail?.viewOf(variable);
    return view ?? this.#pool.take(variable.aval.dtype, sizeOf(variable.aval.shape));
  }

  /** The storage of every output, before it is computed; outputs that are inputs share theirs. */
  promised(inputs: readonly OnnxBuffer[]): readonly Storage[] {
    const storages: Storage[] = [];
    for (const { input, first } of this.#sources)
      storages.push(inputs[input]?.storage ?? storages[first] ?? new Storage(undefined));
    return storages;
  }

  /** Whether it adds rows to what it is given, as programs do that soon run again. */
  get extends(): boolean {
    return this.#updates.size > 0;
  }

  /** Runs the kernels at the end, gives the outputs their contents, and keeps what can be written again. */
  finish(outputs: readonly Storage[], values: Values, dying: ReadonlySet<Storage>): void {
    const { tail } = this;
    tail?.run(values, dying);
    this.#outputs.forEach((atom, i) => {
      const storage = outputs[i];
      if (storage === undefined || this.#sources[i]?.input !== -1) return;
      storage.settle(this.#contents(atom, values), this.#poolOf(atom));
      if (tail?.writes(atom) === true) tail.occupy(atom, storage);
    });
    const kept = new Set(outputs);
    const written = new Set([...this.#updates.keys()].map((v) => values.get(v)));
    for (const storage of dying)
      if (written.has(storage.data)) storage.handOver();
      else if (!kept.has(storage) && tail?.holds(storage.data) !== true) storage.giveTo(this.#pool);
  }

  /** Where a result's array goes when it is disposed: nowhere, unless this program made it and no kernel's memory holds it. */
  #poolOf(atom: Atom): ArrayPool | undefined {
    const isOwn = this.#recycles && atom.kind === "var" && !this.#constants.has(atom);
    return isOwn && this.tail?.writes(atom) !== true ? this.#pool : undefined;
  }

  #contents(atom: Atom, values: Values): HostData {
    if (atom.kind === "literal") return literalArray(atom).data;
    const constant = this.#constants.get(atom);
    if (constant !== undefined) return constant.data.slice(); // it may be donated
    return values.get(atom) ?? allocate(atom.aval.dtype, sizeOf(atom.aval.shape));
  }
}
