import {
  type Aval,
  type Backend,
  BackendError,
  type Buffer,
  type CompileOptions,
  type Executable,
} from "@adjoint/core/backend";
import { asOnnxBuffer, OnnxBuffer } from "../backend/onnx-buffer.ts";
import { runFailure } from "../backend/run-failure.ts";
import { Storage } from "../backend/storage.ts";
import type { Folded } from "@adjoint/core/passes";
import type { Machine } from "./machine.ts";

/** Runs one task after the other. */
type Queue = { add(task: () => Promise<void>): Promise<void> };

/** Frees the memory of programs that nobody can call any more. */
const collected = new FinalizationRegistry<() => void>((free) => free());

/** A program on generated kernels that runs in the background. */
export class MachineExecutable implements Executable {
  readonly #backend: Backend;
  readonly #machine: Machine;
  readonly #queue: Queue;
  readonly #outputs: readonly Aval[];
  readonly #inputs: readonly object[];
  readonly #donated: readonly boolean[];
  readonly #name: string | undefined;

  constructor(
    backend: Backend,
    queue: Queue,
    machine: Machine,
    { ir }: Folded,
    { donated = [], name }: CompileOptions,
  ) {
    this.#name = name;
    this.#backend = backend;
    this.#queue = queue;
    this.#machine = machine;
    this.#inputs = [...ir.captures.map((c) => c.variable), ...ir.inputs];
    this.#outputs = ir.outputs.map((a) => a.aval);
    this.#donated = donated;
    collected.register(this, () => void queue.add(() => machine.dispose()), this);
  }

  run(inputs: readonly Buffer[]): readonly Buffer[] {
    const own = inputs.map(asOnnxBuffer);
    if (own.length !== this.#inputs.length)
      throw new BackendError({
        operation: "run",
        rule: `needs ${this.#inputs.length} inputs`,
        got: `${own.length}`,
      });
    const storages = own.map((b) => b.storage);
    const isOnce = (s: Storage): boolean => storages.indexOf(s) === storages.lastIndexOf(s);
    const dying = new Set(
      storages.filter((s, i) => this.#donated[i] === true && s.isExclusive && isOnce(s)),
    );
    const fresh = new Map<object, Storage>();
    const results = this.#outputs.map((_, i) => this.#storageOf(i, storages, fresh));
    for (const storage of storages) storage.retain();
    const pending = this.#queue.add(async () => {
      try {
        await Promise.all(storages.flatMap((s) => s.pending ?? []));
        await this.#machine.run(storages, results, dying);
      } catch (error) {
        throw runFailure(this.#name, error);
      } finally {
        for (const storage of storages) storage.release();
      }
    });
    pending.catch(() => undefined); // whoever reads a result is told
    for (const storage of fresh.values()) storage.promise(pending);
    return results.flatMap((storage, i) => {
      const aval = this.#outputs[i];
      return aval === undefined ? [] : [new OnnxBuffer(this.#backend, aval, storage)];
    });
  }

  /** The storage of an output: that of the input it is, that of the output it equals, or a new one. */
  #storageOf(output: number, inputs: readonly Storage[], fresh: Map<object, Storage>): Storage {
    const input = this.#machine.inputOf(output);
    const shared = input === undefined ? undefined : inputs[this.#inputs.indexOf(input)];
    if (shared !== undefined) return shared;
    const key = this.#machine.resultKey(output);
    const storage = fresh.get(key) ?? new Storage(undefined);
    fresh.set(key, storage);
    return storage;
  }

  dispose(): void {
    collected.unregister(this);
    void this.#queue.add(() => this.#machine.dispose());
  }
}
