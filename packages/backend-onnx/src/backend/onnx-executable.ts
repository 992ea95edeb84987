import type {
  Atom,
  Backend,
  Buffer,
  CompileOptions,
  Eqn,
  Executable,
  HostData,
  Ir,
  Var,
} from "@adjoint/core/backend";
import type { Folded } from "@adjoint/core/passes";
import type { AsyncSession, SessionOptions, SyncSession } from "../runtime/session.ts";
import { buildModel } from "./build-model.ts";
import { MachineExecutable } from "../machine/machine-executable.ts";
import type { Engine } from "./engine.ts";
import { asOnnxBuffer, OnnxBuffer } from "./onnx-buffer.ts";
import type { KeptMemory } from "./kept-memory.ts";
import { markRotations } from "../passes/rotations.ts";
import { markTransposedKernels } from "../passes/transposed-kernel.ts";
import { keptSession, type Runnable } from "./kept-session.ts";
import { type HostTask, hostTasks } from "./host-tasks.ts";
import { peakBytes } from "./peak-bytes.ts";
import { Program } from "./program.ts";
import { feedsOf, fetchesOf, type Port, release, runOnHost, type Values } from "./run-segment.ts";
import { carrierOf, type Value } from "../lower/value.ts";
import { runFailure } from "./run-failure.ts";
import { type Segment, segmentsOf } from "./segments.ts";
import { workOf } from "./work-of.ts";
import type { Storage } from "./storage.ts";

/** A part of a program, ready to run. */
type Stage<S> =
  | { readonly kind: "host"; readonly tasks: readonly HostTask[] }
  | {
      readonly kind: "onnx";
      readonly session: S;
      readonly inputs: readonly Port[];
      readonly outputs: readonly Port[];
    };

const ports = (variables: readonly Var[], values: readonly Value[]): readonly Port[] =>
  variables.map((variable, i) => {
    const { name = "", shape = variable.aval.shape } = values[i] ?? {};
    return { variable, name, type: carrierOf(variable.aval.dtype), shape };
  });

const tasksOf = (
  { eqns, outputs }: Segment,
  ir: Ir,
  constants: Folded["constants"],
): readonly HostTask[] => {
  const [read, results] = [new Set<Atom>(outputs), new Set(ir.outputs)];
  return hostTasks(eqns, {
    constants,
    isRead: (v) => read.has(v),
    isResult: (v) => results.has(v),
  });
};

const stageOf = <S>(
  segment: Segment,
  { ir, constants }: Folded,
  load: (model: Uint8Array) => S,
  marksEnd: boolean,
): Stage<S> => {
  if (segment.kind === "host") return { kind: "host", tasks: tasksOf(segment, ir, constants) };
  const { bytes, inputs, outputs } = buildModel(
    { ...segment, constants },
    { isPlain: false, marksEnd },
  );
  return {
    kind: "onnx",
    session: load(bytes),
    inputs: ports(segment.inputs, inputs),
    outputs: ports(segment.outputs, outputs),
  };
};

const buffersOf = (
  backend: Backend,
  { avals }: Program,
  storages: readonly Storage[],
): readonly Buffer[] =>
  storages.flatMap((storage, i) => {
    const aval = avals[i];
    return aval === undefined ? [] : [new OnnxBuffer(backend, aval, storage)];
  });

/** A program that runs at once. */
class SyncExecutable implements Executable {
  readonly #backend: Backend;
  readonly #program: Program;
  readonly #stages: readonly Stage<Runnable>[];

  constructor(backend: Backend, program: Program, stages: readonly Stage<Runnable>[]) {
    this.#backend = backend;
    this.#program = program;
    this.#stages = stages;
  }

  run(inputs: readonly Buffer[]): readonly Buffer[] {
    const own = inputs.map(asOnnxBuffer);
    const dying = this.#program.dying(own);
    this.#program.enter(own, dying);
    const values = this.#program.values(own);
    const take = (v: Var): HostData =>
      this.#program.replaced(v, own, dying) ?? this.#program.take(v);
    for (const stage of this.#stages) this.#runStage(stage, values, take);
    const storages = this.#program.promised(own);
    this.#program.finish(storages, values, dying);
    return buffersOf(this.#backend, this.#program, storages);
  }

  #runStage(stage: Stage<Runnable>, values: Values, take: (v: Var) => HostData): void {
    if (stage.kind === "host") return runOnHost(stage.tasks, values);
    stage.session.run(feedsOf(stage.inputs, values), fetchesOf(stage.outputs, values, take));
  }

  dispose(): void {
    for (const stage of this.#stages) if (stage.kind === "onnx") release(stage.session);
  }
}

/** Runs one thing after the other, in the order they were asked for. */
export class RunQueue {
  #last: Promise<unknown> = Promise.resolve();

  add(task: () => Promise<void>): Promise<void> {
    const done = this.#last.then(task);
    this.#last = done.catch(() => undefined); // whoever reads a result is told
    return done;
  }
}

/** A program that runs in the background: its results can be passed on at once, and are there when they are read. */
class AsyncExecutable implements Executable {
  readonly #backend: Backend;
  readonly #program: Program;
  readonly #queue: RunQueue;
  readonly #stages: readonly Stage<Promise<AsyncSession>>[];
  readonly #name: string | undefined;

  constructor(
    { backend, queue }: Runtime,
    program: Program,
    stages: readonly Stage<Promise<AsyncSession>>[],
    name: string | undefined,
  ) {
    this.#name = name;
    this.#backend = backend;
    this.#program = program;
    this.#queue = queue;
    this.#stages = stages;
  }

  run(inputs: readonly Buffer[]): readonly Buffer[] {
    const own = inputs.map(asOnnxBuffer);
    const dying = this.#program.dying(own);
    const storages = this.#program.promised(own);
    for (const { storage } of own) storage.retain();
    const pending = this.#queue.add(async () => {
      try {
        await Promise.all(own.flatMap(({ storage }) => storage.pending ?? []));
        const values = this.#program.values(own);
        for (const stage of this.#stages) await this.#runStage(stage, values);
        this.#program.finish(storages, values, dying);
      } catch (error) {
        throw runFailure(this.#name, error);
      } finally {
        for (const { storage } of own) storage.release();
      }
    });
    pending.catch(() => undefined);
    for (const storage of storages)
      if (!own.some((b) => b.storage === storage)) storage.promise(pending);
    return buffersOf(this.#backend, this.#program, storages);
  }

  async #runStage(stage: Stage<Promise<AsyncSession>>, values: Values): Promise<void> {
    if (stage.kind === "host") return runOnHost(stage.tasks, values);
    const session = await stage.session;
    await session.run(
      feedsOf(stage.inputs, values),
      fetchesOf(stage.outputs, values, (v) => this.#program.take(v)),
    );
  }

  dispose(): void {
    const sessions = this.#stages.flatMap((stage) =>
      stage.kind === "onnx" ? [stage.session] : [],
    );
    const done = this.#queue.add(async () => {
      for (const session of sessions) await (await session).release();
    });
    done.catch(() => undefined); // a session that never loaded has nothing to release
  }
}

/** What compiled programs of one backend share. */
export type Runtime = {
  readonly backend: Backend;
  readonly engine: Engine;
  readonly queue: RunQueue;
  readonly session: SessionOptions;
  readonly kept: KeptMemory;
};

/** What waking threads is worth: some tenths of a millisecond of one. */
const muchWork = 2 ** 22;

const threadsFor = (eqns: readonly Eqn[], cores: number | undefined): { threads?: number } => {
  const threads = workOf(eqns) < muchWork ? 1 : cores;
  return threads === undefined ? {} : { threads };
};

/** Loads a part of a program; what it keeps between runs is bounded where it is much. */
const loadKept = (
  { eqns }: Segment,
  model: Uint8Array,
  program: Program,
  { session, kept, engine }: Runtime,
  load: (model: Uint8Array, options: SessionOptions) => SyncSession,
): Runnable => {
  const bytes = peakBytes(eqns);
  const isSmall = bytes <= kept.small;
  const keepsMemory = isSmall || bytes <= kept.limit;
  const cores = engine.isSync ? engine.cores : undefined;
  const how = {
    ...threadsFor(eqns, cores),
    ...session,
    keepsMemory,
    marksEnd: true,
    staysAwake: program.extends,
  };
  const loaded = (): SyncSession => load(model, how);
  if (isSmall || !keepsMemory) return loaded();
  program.recycle();
  return keptSession(loaded, bytes, kept, () => program.forget());
};

/** Compiles a prepared program. */
export const compileProgram = (
  prepared: Folded,
  options: CompileOptions,
  runtime: Runtime,
): Executable => {
  const { donated = [], name } = options;
  const { backend, engine, queue, session } = runtime;
  const machine = engine.isSync ? undefined : engine.machine?.(prepared, donated);
  if (machine !== undefined)
    return new MachineExecutable(backend, queue, machine, prepared, options);
  const folded = { ...prepared, ir: markTransposedKernels(markRotations(prepared.ir)) };
  const program = new Program(folded, donated);
  const segments = segmentsOf(folded, program.tailEquations);
  if (engine.isSync)
    return new SyncExecutable(
      backend,
      program,
      segments.map((s) =>
        stageOf(s, folded, (m) => loadKept(s, m, program, runtime, engine.load), true),
      ),
    );
  const load = (model: Uint8Array): Promise<AsyncSession> => {
    const loading = engine.load(model, session);
    loading.catch(() => undefined); // whoever reads a result is told
    return loading;
  };
  return new AsyncExecutable(
    runtime,
    program,
    segments.map((s) => stageOf(s, folded, load, false)),
    name,
  );
};
