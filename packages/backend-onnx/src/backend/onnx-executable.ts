import {
  type Atom,
  type Backend,
  BackendError,
  type Buffer,
  type CompileOptions,
  type Executable,
  type HostData,
  allocate,
  sizeOf,
  type Var,
} from "@adjoint/core/backend";
import type { Folded } from "../passes/constants.ts";
import type { AsyncSession, Session, SessionOptions, SyncSession } from "../runtime/session.ts";
import { ArrayPool } from "./array-pool.ts";
import { buildModel } from "./build-model.ts";
import type { Engine } from "./engine.ts";
import { asOnnxBuffer, OnnxBuffer } from "./onnx-buffer.ts";
import { feedsOf, fetchesOf, literalArray, type Port, release, runOnHost, type Values } from "./run-segment.ts";
import { type Segment, segmentsOf } from "./segments.ts";
import { Storage } from "./storage.ts";

type Constants = Folded["constants"];

/** A part of a program, ready to run. */
type Stage<S> =
  | { readonly kind: "host"; readonly segment: Segment }
  | { readonly kind: "onnx"; readonly session: S; readonly inputs: readonly Port[]; readonly outputs: readonly Port[] };

const ports = (variables: readonly Var[], names: readonly string[]): readonly Port[] =>
  variables.map((variable, i) => ({ variable, name: names[i] ?? "" }));

const stageOf = <S>(segment: Segment, constants: Constants, load: (model: Uint8Array) => S): Stage<S> => {
  if (segment.kind === "host") return { kind: "host", segment };
  const { bytes, inputs, outputs } = buildModel({ ...segment, constants }, { isPlain: false });
  return { kind: "onnx", session: load(bytes), inputs: ports(segment.inputs, inputs), outputs: ports(segment.outputs, outputs) };
};

const runStages = (stages: readonly Stage<SyncSession>[], values: Values, pool: ArrayPool): void => {
  for (const stage of stages) {
    if (stage.kind === "host") runOnHost(stage.segment.eqns, values);
    else stage.session.run(feedsOf(stage.inputs, values), fetchesOf(stage.outputs, values, pool));
  }
};

const runStagesLater = async (stages: readonly Stage<Promise<AsyncSession>>[], values: Values, pool: ArrayPool): Promise<void> => {
  for (const stage of stages) {
    if (stage.kind === "host") runOnHost(stage.segment.eqns, values);
    else await (await stage.session).run(feedsOf(stage.inputs, values), fetchesOf(stage.outputs, values, pool));
  }
};

/** Where the inputs of a program come from and its outputs go; the same for every engine. */
abstract class OnnxExecutable implements Executable {
  readonly #backend: Backend;
  readonly #inputs: readonly Var[];
  readonly #outputs: readonly Atom[];
  readonly #donated: readonly boolean[];
  readonly #constants: Constants;
  readonly pool: ArrayPool = new ArrayPool();

  constructor(backend: Backend, { ir, constants }: Folded, donated: readonly boolean[]) {
    this.#backend = backend;
    this.#inputs = [...ir.captures.map((c) => c.variable), ...ir.inputs];
    this.#outputs = ir.outputs;
    this.#donated = donated;
    this.#constants = constants;
  }

  abstract run(inputs: readonly Buffer[]): readonly Buffer[];
  abstract dispose(): void;

  protected bind(inputs: readonly OnnxBuffer[]): Values {
    const values: Values = new Map();
    for (const [v, { data }] of this.#constants) values.set(v, data);
    this.#inputs.forEach((v, i) => {
      const buffer = inputs[i];
      if (buffer === undefined)
        throw new BackendError({ operation: "run", rule: `needs ${this.#inputs.length} inputs`, got: `${inputs.length}` });
      values.set(v, buffer.storage.data);
    });
    return values;
  }

  /** Buffers of the outputs; an output that is an input shares its storage. */
  protected results(inputs: readonly OnnxBuffer[], values: Values, pending?: Promise<void>): readonly Buffer[] {
    const storages = new Map<HostData, Storage>(inputs.map((b) => [b.storage.data, b.storage]));
    return this.#outputs.map((atom) => {
      const data = this.#contents(atom, values);
      const storage = storages.get(data) ?? new Storage(data, pending);
      storages.set(data, storage);
      return new OnnxBuffer(this.#backend, atom.aval, storage);
    });
  }

  #contents(atom: Atom, values: Values): HostData {
    if (atom.kind === "literal") return literalArray(atom).data;
    const constant = this.#constants.get(atom);
    if (constant !== undefined) return constant.data.slice(); // may be donated later
    return values.get(atom) ?? allocate(atom.aval.dtype, sizeOf(atom.aval.shape));
  }

  /** Keeps the storage of donated inputs that nothing else uses for the outputs of later runs. */
  protected reclaim(inputs: readonly OnnxBuffer[]): void {
    inputs.forEach((buffer, i) => {
      if (this.#donated[i] === true && buffer.storage.isExclusive) this.pool.give(buffer.storage.data);
    });
  }
}

/** A program that runs at once. */
class SyncExecutable extends OnnxExecutable {
  readonly #stages: readonly Stage<SyncSession>[];

  constructor(backend: Backend, program: Folded, donated: readonly boolean[], stages: readonly Stage<SyncSession>[]) {
    super(backend, program, donated);
    this.#stages = stages;
  }

  override run(inputs: readonly Buffer[]): readonly Buffer[] {
    const own = inputs.map(asOnnxBuffer);
    const values = this.bind(own);
    runStages(this.#stages, values, this.pool);
    const results = this.results(own, values);
    this.reclaim(own);
    return results;
  }

  override dispose(): void {
    for (const stage of this.#stages) if (stage.kind === "onnx") release(stage.session);
  }
}

/** A program that runs in the background: its results can be passed on at once, and are there when they are read. */
class AsyncExecutable extends OnnxExecutable {
  readonly #stages: readonly Stage<Promise<AsyncSession>>[];

  constructor(backend: Backend, program: Folded, donated: readonly boolean[], stages: readonly Stage<Promise<AsyncSession>>[]) {
    super(backend, program, donated);
    this.#stages = stages;
  }

  override run(inputs: readonly Buffer[]): readonly Buffer[] {
    const own = inputs.map(asOnnxBuffer);
    const values = this.bind(own);
    const waiting = own.flatMap(({ storage }) => (storage.pending === undefined ? [] : [storage.pending]));
    for (const stage of this.#stages)
      for (const v of stage.kind === "host" ? stage.segment.outputs : stage.outputs.map((p) => p.variable))
        values.set(v, allocate(v.aval.dtype, sizeOf(v.aval.shape)));
    const pending = Promise.all(waiting).then(() => runInto(this.#stages, values));
    return this.results(own, values, pending);
  }

  override dispose(): void {
    for (const stage of this.#stages) if (stage.kind === "onnx") void stage.session.then((s: Session) => s.release());
  }
}

/** Runs the parts on arrays of its own, then fills the arrays that were promised. */
const runInto = async (stages: readonly Stage<Promise<AsyncSession>>[], promised: Values): Promise<void> => {
  const values: Values = new Map(promised);
  await runStagesLater(stages, values, new ArrayPool());
  for (const [variable, data] of promised) {
    const made = values.get(variable);
    if (made !== undefined && made !== data) data.set(made);
  }
};

/** Compiles a prepared program. */
export const compileProgram = (
  backend: Backend,
  engine: Engine,
  program: Folded,
  { donated = [] }: CompileOptions,
  session: SessionOptions,
): Executable => {
  const { constants } = program;
  const segments = segmentsOf(program);
  if (engine.isSync)
    return new SyncExecutable(backend, program, donated, segments.map((s) => stageOf(s, constants, (m) => engine.load(m, session))));
  return new AsyncExecutable(backend, program, donated, segments.map((s) => stageOf(s, constants, (m) => engine.load(m, session))));
};
