import { type Atom, type Eqn, type HostData, type Ir, Var } from "@adjoint/core/backend";
import { type KernelPlan, planKernels } from "../fuse/kernel-plan.ts";
import { type KernelStage, kernelStage } from "../fuse/kernel-stage.ts";
import { readBy, splitTail } from "../fuse/tail.ts";
import { freeArray } from "../internal/free-array.ts";
import type { Storage } from "./storage.ts";

/** What a stretch of memory is for: the input that is read there, and whether it is written. */
type Place = { readonly input: Var | undefined; readonly isWritten: boolean };

/** Kernel memory is addressed with 32 bits, of which some engines use 31. */
const largestMemory = 2 ** 31 - 2 ** 16;

/**
 * The end of a program, computed by generated kernels, and the memory its arrays lie in. Donated state stays there
 * from one run to the next and is updated in place. The size is fixed, so views of the memory stay valid.
 */
export class KernelMemory {
  readonly eqns: ReadonlySet<Eqn>;
  readonly #plan: KernelPlan;
  readonly #stage: KernelStage;
  readonly #inputs: readonly Var[];
  readonly #outputs: ReadonlySet<Var>;
  readonly #places: ReadonlyMap<number, Place>;
  /** Whose contents lie at each place. */
  readonly #occupants = new Map<number, Storage>();

  constructor(eqns: readonly Eqn[], plan: KernelPlan, outputs: readonly Atom[]) {
    this.eqns = new Set(eqns);
    this.#plan = plan;
    this.#stage = kernelStage(plan);
    this.#inputs = readBy(eqns);
    const made = new Set(eqns.flatMap((e) => e.outputs));
    this.#outputs = new Set(
      outputs
        .filter((a) => a instanceof Var && made.has(a))
        .flatMap((a) => (a instanceof Var ? [a] : [])),
    );
    this.#places = this.#findPlaces();
  }

  /** Plans the end of a program; undefined where there is no state to update in place, which is what makes it pay. */
  static of(ir: Ir, donated: readonly Var[]): KernelMemory | undefined {
    if (donated.length === 0) return undefined;
    const { eqns } = splitTail(ir);
    if (eqns.length === 0) return undefined;
    const plan = planKernels(eqns, donated, ir.outputs);
    return plan.updates.size === 0 || plan.size > largestMemory
      ? undefined
      : new KernelMemory(eqns, plan, ir.outputs);
  }

  /** Where a name lies, when it does. */
  viewOf(variable: Var): HostData | undefined {
    return this.#stage.views.get(variable);
  }

  /** Whether `data` lies here. */
  holds(data: HostData): boolean {
    const [first] = this.#stage.views.values();
    return first?.buffer === data.buffer;
  }

  /** Whether a name is a result of the program that the kernels write. */
  writes(atom: Atom): atom is Var {
    return atom instanceof Var && this.#outputs.has(atom);
  }

  /**
   * Moves `dying` inputs to their empty places before anything runs, and frees the arrays they were in: state made
   * elsewhere would otherwise be in memory twice during the first run.
   */
  enter(storageOf: (variable: Var) => Storage | undefined, dying: ReadonlySet<Storage>): void {
    for (const [offset, { input, isWritten }] of this.#places) {
      if (input === undefined || !isWritten || this.#occupants.get(offset)?.isNeeded === true)
        continue;
      const [storage, view] = [storageOf(input), this.viewOf(input)];
      if (
        storage === undefined ||
        view === undefined ||
        !dying.has(storage) ||
        this.holds(storage.data)
      )
        continue;
      view.set(storage.data);
      freeArray(storage.data);
      storage.settle(view);
      this.#occupants.set(offset, storage);
    }
  }

  /**
   * Brings inputs to their places and runs the kernels. Contents that somebody still holds are copied out of the way
   * first; those of `dying` inputs are not.
   */
  run(values: Map<Var, HostData>, dying: ReadonlySet<Storage>): void {
    for (const [offset, place] of this.#places) this.#vacate(offset, place, values, dying);
    for (const variable of this.#inputs) {
      const [data, view] = [values.get(variable), this.viewOf(variable)];
      if (data !== undefined && view !== undefined && !isSameMemory(data, view)) view.set(data);
    }
    this.#stage.run();
    for (const variable of this.#outputs) {
      const view = this.viewOf(variable);
      if (view !== undefined) values.set(variable, view);
    }
  }

  /** Notes that `storage` holds what lies at the place of `variable`. */
  occupy(variable: Var, storage: Storage): void {
    this.#occupants.set(this.#offsetOf(variable), storage);
  }

  #offsetOf(variable: Var): number {
    return this.#plan.slots.get(variable)?.offset ?? 0;
  }

  #findPlaces(): ReadonlyMap<number, Place> {
    const places = new Map<number, Place>();
    for (const input of this.#inputs)
      places.set(this.#offsetOf(input), { input, isWritten: false });
    for (const v of this.#outputs)
      places.set(this.#offsetOf(v), {
        input: places.get(this.#offsetOf(v))?.input,
        isWritten: true,
      });
    return places;
  }

  /** Makes sure that what is about to be overwritten is not missed. */
  #vacate(
    offset: number,
    { input, isWritten }: Place,
    values: Map<Var, HostData>,
    dying: ReadonlySet<Storage>,
  ): void {
    const occupant = this.#occupants.get(offset);
    if (occupant === undefined || !occupant.isNeeded) return;
    const view = occupant.data;
    const given = input === undefined ? undefined : values.get(input);
    const isSettled = given !== undefined && isSameMemory(given, view);
    if (isSettled && (dying.has(occupant) || !isWritten)) return;
    this.#occupants.delete(offset);
    const readers = this.#inputs.filter((v) => v !== input && values.get(v) === view);
    if (dying.has(occupant) && readers.length === 0) return;
    occupant.moveOut();
    for (const v of readers) values.set(v, occupant.data);
  }
}

const isSameMemory = (a: HostData, b: HostData): boolean =>
  a.buffer === b.buffer && a.byteOffset === b.byteOffset;
