import { memoryImport } from "../internal/memory-import.ts";
import { type HostData, Var } from "@adjoint/core/backend";
import { literalArray, runOnHost, type Values } from "../backend/run-segment.ts";
import type { Storage } from "../backend/storage.ts";
import type { Folded } from "@adjoint/core/passes";
import { KernelProgramError } from "../wasm/kernel-program.ts";
import { detectKernelTarget } from "../wasm/load-kernels.ts";
import type { Arena } from "./arena.ts";
import type { Call } from "./layout.ts";
import { bytesOf } from "./memory-plan.ts";
import { planProgram, type ProgramPlan } from "./plan-program.ts";
import { bindCalls, encodeSchedule } from "./run-calls.ts";
import { type Schedule, schedule } from "./schedule.ts";
import { UnsupportedError } from "./unsupported.ts";
import type { Runner, WorkerPool } from "./worker-pool.ts";

/** Milliseconds after which a page must have the chance to draw and to answer. */
const longestTurn = 50;
let lastPause = 0;

/** Lets the page do other things from time to time, while runs that are waiting follow each other. */
const pause = async (): Promise<void> => {
  if (performance.now() - lastPause < longestTurn) return;
  await new Promise((resolve) => setTimeout(resolve));
  lastPause = performance.now();
};

/** Which arguments of a call are addresses; for kernels all that follow the three lengths. */
const addresses: Readonly<Partial<Record<string, readonly number[]>>> = {
  gemm: [0, 3, 6, 11],
  copy: [0, 1],
  gather: [0, 1, 2],
  scatterAdd: [0, 1, 2],
  scatterSet: [0, 1, 2],
};

/** The call with its memory moved to start at `base`. */
const moved = ({ name, args }: Call, base: number): Call => {
  const places = addresses[name];
  const isAddress = (i: number): boolean => (places === undefined ? i >= 3 : places.includes(i));
  return { name, args: args.map((x, i) => (isAddress(i) ? x + base : x)) };
};

const viewAt = (buffer: ArrayBufferLike, variable: Var, offset: number): HostData => {
  const { dtype } = variable.aval;
  const bytes = bytesOf(variable);
  if (dtype === "bool") return new Uint8Array(buffer, offset, bytes);
  if (dtype === "int32") return new Int32Array(buffer, offset, bytes / 4);
  return dtype === "uint32"
    ? new Uint32Array(buffer, offset, bytes / 4)
    : new Float32Array(buffer, offset, bytes / 4);
};

/**
 * A whole program on generated kernels, with memory of its own. Results stay in that memory until their place is written
 * again, so that state which a step gives and the next one takes is never copied.
 */
export class Machine {
  readonly #plan: ProgramPlan;
  readonly #schedule: Schedule;
  readonly #inputs: readonly Var[];
  readonly #arena: Arena;
  readonly #base: number;
  readonly #runner: Promise<Runner>;
  /** Storages whose contents lie in this memory. */
  readonly #residents = new Map<number, Storage>();
  readonly #views = new Map<Var, HostData>();

  readonly #constants: Folded["constants"];

  constructor(
    plan: ProgramPlan,
    planned: Schedule,
    inputs: readonly Var[],
    constants: Folded["constants"],
    arena: Arena,
    pool: WorkerPool | undefined,
  ) {
    this.#plan = plan;
    this.#constants = constants;
    this.#schedule = planned;
    this.#inputs = inputs;
    this.#arena = arena;
    const bytes = encodeSchedule(planned, detectKernelTarget(), arena.isShared);
    this.#base = arena.take(planned.bytes);
    arena.movers.add(this.#leave);
    const calls = planned.threads.map((list) => list.map((call) => moved(call, this.#base)));
    this.#runner = WebAssembly.compile(bytes).then((module) =>
      pool === undefined
        ? this.#single(module, calls[0] ?? [])
        : pool.load(module, arena.memory, calls),
    );
    this.#runner.catch(() => undefined);
    for (const [v, data] of planned.constants) this.#view(v)?.set(data);
  }

  #single(module: WebAssembly.Module, calls: readonly Call[]): Runner {
    const instance = new WebAssembly.Instance(module, {
      env: { memory: memoryImport(this.#arena.memory) },
    });
    const run = bindCalls(instance, calls);
    return {
      run: async () => {
        run();
        await pause();
      },
      dispose: () => undefined,
    };
  }

  /** Copies all contents that are still needed out of the memory. */
  readonly #leave = (): void => {
    for (const storage of this.#residents.values()) if (storage.isNeeded) storage.moveOut();
    this.#residents.clear();
    this.#views.clear();
  };

  #view(variable: Var): HostData | undefined {
    const known = this.#views.get(variable);
    const offset = this.#schedule.offsets.get(variable);
    if (known !== undefined || offset === undefined) return known;
    const view = viewAt(this.#arena.memory.buffer, variable, this.#base + offset);
    this.#views.set(variable, view);
    return view;
  }

  /** What an output of the program reads: the name of an input, or undefined for something new. */
  inputOf(output: number): Var | undefined {
    const result = this.#plan.outputs[output];
    return result instanceof Var && this.#inputs.includes(result) ? result : undefined;
  }

  /** The same for outputs that are one value. */
  resultKey(output: number): object {
    return this.#plan.outputs[output] ?? this;
  }

  /** Reads `inputs`, runs, and settles `outputs`; contents of `dying` are not needed afterwards. */
  async run(
    inputs: readonly Storage[],
    outputs: readonly Storage[],
    dying: ReadonlySet<Storage>,
  ): Promise<void> {
    const runner = await this.#runner;
    this.#clear(inputs, dying);
    this.#inputs.forEach((v, i) => {
      const view = this.#view(v);
      const data = inputs[i]?.data;
      if (view !== undefined && data !== undefined && data !== view) view.set(data);
    });
    this.#runPrologue(inputs);
    await runner.run();
    for (const storage of dying) this.#forget(storage);
    this.#plan.outputs.forEach((result, i) => {
      const storage = outputs[i];
      if (
        storage === undefined ||
        inputs.includes(storage) ||
        (result instanceof Var && this.#inputs.includes(result))
      )
        return;
      this.#settle(storage, result);
    });
  }

  #runPrologue(inputs: readonly Storage[]): void {
    if (this.#plan.prologue.length === 0) return;
    const values: Values = new Map();
    for (const [v, { data }] of this.#constants) values.set(v, data);
    this.#inputs.forEach((v, i) => {
      const data = inputs[i]?.data;
      if (data !== undefined) values.set(v, data);
    });
    runOnHost(
      this.#plan.prologue.map((eqn) => ({ kind: "equation", eqn })),
      values,
    );
    for (const v of this.#plan.prologue.flatMap((e) => e.outputs)) {
      const data = values.get(v);
      if (data !== undefined) this.#view(v)?.set(data);
    }
  }

  /** Copies contents out that will be written over and are still needed. */
  #clear(inputs: readonly Storage[], dying: ReadonlySet<Storage>): void {
    const atHome = new Set(
      this.#inputs.flatMap((v, i) =>
        inputs[i] !== undefined && this.#isAt(inputs[i], v) && dying.has(inputs[i])
          ? [inputs[i]]
          : [],
      ),
    );
    for (const storage of [...this.#residents.values()]) {
      if (atHome.has(storage)) continue;
      if (storage.isNeeded) storage.moveOut();
      this.#forget(storage);
    }
  }

  #isAt(storage: Storage, variable: Var): boolean {
    const offset = this.#schedule.offsets.get(variable);
    return offset !== undefined && this.#residents.get(offset) === storage;
  }

  #forget(storage: Storage): void {
    for (const [offset, resident] of this.#residents)
      if (resident === storage) this.#residents.delete(offset);
  }

  #settle(storage: Storage, result: ProgramPlan["outputs"][number]): void {
    if (!(result instanceof Var)) return storage.settle(literalArray(result).data);
    const input = this.#schedule.updates.get(result);
    const view = this.#view(input ?? result);
    const offset = this.#schedule.offsets.get(result);
    if (view === undefined || offset === undefined) return;
    storage.settle(view);
    this.#residents.set(offset, storage);
  }

  async dispose(): Promise<void> {
    this.#leave();
    this.#arena.movers.delete(this.#leave);
    this.#arena.give(this.#base, this.#schedule.bytes);
    (await this.#runner).dispose();
  }
}

/** Whether an error says that a program is not for generated kernels. */
const isRefusal = (error: unknown): boolean =>
  error instanceof UnsupportedError || error instanceof KernelProgramError;

/** Makes machines for programs; undefined for those that another engine has to run. */
export type MachineMaker = (folded: Folded, donated: readonly boolean[]) => Machine | undefined;

/** A machine for the program, or undefined when generated kernels cannot run all of it. */
export const makeMachine = (
  folded: Folded,
  donated: readonly boolean[],
  arena: Arena,
  pool: WorkerPool | undefined,
): Machine | undefined => {
  const inputs = [...folded.ir.captures.map((c) => c.variable), ...folded.ir.inputs];
  try {
    const plan = planProgram(folded, inputs);
    const planned = schedule(
      plan,
      folded,
      inputs,
      inputs.filter((_, i) => donated[i] === true),
      pool?.threads ?? 1,
    );
    return new Machine(plan, planned, inputs, folded.constants, arena, pool);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
};
