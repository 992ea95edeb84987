import { BackendError, type Buffer, type Executable, formatAval } from "@adjoint/core/backend";
import { DeviceLostError } from "../device/errors.ts";
import { bytesOf } from "../plan/memory.ts";
import type { Program, Result } from "../plan/program.ts";
import { Block, Slab } from "./block.ts";
import { LoadedProgram, type ShaderForm } from "./loaded-program.ts";
import { type Frame, startOf } from "./located.ts";
import { perform, record } from "./perform.ts";
import type { Runtime } from "./runtime.ts";
import { type RunningBackend, WebgpuBuffer } from "./webgpu-buffer.ts";
import { missing } from "./missing.ts";
import { once, whenCollected } from "./when-collected.ts";

/** Memory that a run holds until it is recorded. */
type Holdings = {
  readonly inputs: readonly Block[];
  readonly results: readonly Block[];
  readonly state: Slab | undefined;
  readonly scratch: Slab | undefined;
};

/** A program on a device, with what frees its constants and tables after the runs that were given so far. */
type Loaded = {
  readonly runtime: Runtime;
  readonly program: LoadedProgram;
  readonly unload: () => void;
};

const loadedOn = (runtime: Runtime, program: Program, shaders: ShaderForm): Loaded => {
  const loaded = new LoadedProgram(runtime, program, shaders);
  return {
    runtime,
    program: loaded,
    unload: once(() => runtime.line.run(() => loaded.dispose())).act,
  };
};

/** Programs of more kernels than this are submitted as soon as they are recorded. */
const long = 16;

/** Runs after which shaders for all shapes give way to shaders for the shapes of the program, which are faster. */
const often = 32;

/** A program on a device. */
export class WebgpuExecutable implements Executable {
  #program: Program;
  readonly #backend: RunningBackend;
  readonly #donated: readonly boolean[];
  #loaded: Loaded | undefined;
  #runs = 0;

  constructor(backend: RunningBackend, program: Program, donated: readonly boolean[]) {
    this.#backend = backend;
    this.#program = program;
    this.#donated = donated;
    this.loaded();
  }

  get program(): Program {
    return this.#program;
  }

  /** Goes on with another program for the same results, from the first run after it is compiled. */
  adopt(plan: () => Program): Promise<void> {
    return this.#replace(plan, "any");
  }

  async #replace(plan: () => Program, shaders: ShaderForm): Promise<void> {
    const { runtime } = this.#backend;
    if (this.#loaded?.runtime !== runtime) return; // not in use any more
    const program = plan();
    const next = loadedOn(runtime, program, shaders);
    await next.program.compiled();
    const before = this.#loaded;
    if (before?.runtime !== runtime || !next.program.isCompiled) return next.unload();
    this.#program = program;
    this.#loaded = next;
    whenCollected(this, next.unload);
    before.unload();
  }

  /** The program on the backend's device, loaded anew when the device is another than before. */
  loaded(): LoadedProgram {
    const { runtime } = this.#backend;
    if (this.#loaded?.runtime !== runtime) {
      this.#loaded = loadedOn(runtime, this.program, "any");
      this.#runs = 0;
      whenCollected(this, this.#loaded.unload);
    }
    return this.#loaded.program;
  }

  run(inputs: readonly Buffer[]): readonly Buffer[] {
    const { runtime } = this.#backend;
    const loaded = this.loaded();
    const holdings = this.#hold(
      runtime,
      inputs.map((buffer) => blockOf(buffer, runtime)),
    );
    const buffers = this.program.results.map(
      ({ aval }, i) =>
        new WebgpuBuffer(this.#backend, runtime, aval, holdings.results[i] ?? missing()),
    );
    inputs.forEach((buffer, i) => {
      if (this.#donated[i] === true && buffer instanceof WebgpuBuffer) buffer.surrender();
    });
    runtime.counts.runs++;
    this.#runs++;
    // where this fails the program stays as it is
    if (this.#runs === often && loaded.isGeneral)
      this.#replace(() => this.#program, "own").catch(() => undefined);
    runtime.line.run(() => this.#perform(runtime, loaded, holdings));
    return buffers;
  }

  dispose(): void {
    this.#loaded?.unload();
    this.#loaded = undefined;
  }

  /** Donated blocks pass to the run; others are held until it is recorded, and so are its results, which may be disposed of before. */
  #hold({ device }: Runtime, inputs: readonly Block[]): Holdings {
    const { memory, results } = this.program;
    const made: Block[] = [];
    const slabs: Slab[] = [];
    const held = (slab: Slab): Slab => {
      slab.retain();
      slabs.push(slab);
      return slab;
    };
    try {
      const state = memory.stateBytes === 0 ? undefined : held(this.#stateOf(device, inputs));
      for (const result of results) made.push(this.#blockFor(device, inputs, state, result));
      const scratch =
        memory.scratchBytes === 0 ? undefined : held(new Slab(device, memory.scratchBytes));
      inputs.forEach((block, i) => {
        if (this.#donated[i] !== true) block.retain();
      });
      for (const block of made) block.retain();
      state?.release(); // its blocks hold it
      return { inputs, results: made, state, scratch };
    } catch (error) {
      for (const owned of [...made, ...slabs]) owned.release();
      throw error;
    }
  }

  #blockFor(
    device: Runtime["device"],
    inputs: readonly Block[],
    state: Slab | undefined,
    result: Result,
  ): Block {
    if (result.kind === "input") return (inputs[result.index] ?? missing()).retain();
    const place = this.program.memory.places.get(result.storage);
    if (place?.kind === "state" && state !== undefined)
      return new Block(state, place.offset, bytesOf(result.storage));
    return Block.alone(device, bytesOf(result.storage));
  }

  /** The slab that donated inputs lie in just as the program wants them, or a new one. */
  #stateOf(device: Runtime["device"], blocks: readonly Block[]): Slab {
    const { stateInputs, stateBytes } = this.program.memory;
    const [first] = stateInputs.keys();
    const slab = blocks[first ?? 0]?.slab;
    const isThere = [...stateInputs].every(([index, offset]) => {
      const block = blocks[index];
      return block?.slab === slab && block?.offset === offset && block.isExclusive;
    });
    return isThere && slab !== undefined && slab.gpu.size >= stateBytes
      ? slab
      : new Slab(device, stateBytes);
  }

  #perform(runtime: Runtime, loaded: LoadedProgram, holdings: Holdings): void | Promise<void> {
    const failed = holdings.inputs.find((block) => block.failure !== undefined)?.failure;
    if (failed !== undefined) return this.#end(runtime, holdings, failed);
    if (loaded.waits || !loaded.isCompiled) return this.#performLater(runtime, loaded, holdings);
    let failure: Error | undefined;
    try {
      record(runtime, loaded, this.#frame(runtime, loaded.program, holdings));
    } catch (error) {
      failure = failureOf(this.program.name, error);
    }
    this.#end(runtime, holdings, failure);
  }

  async #performLater(runtime: Runtime, loaded: LoadedProgram, holdings: Holdings): Promise<void> {
    let failure: Error | undefined;
    try {
      await loaded.compiled();
      await perform(runtime, loaded, this.#frame(runtime, loaded.program, holdings));
    } catch (error) {
      failure = failureOf(this.program.name, error);
    }
    this.#end(runtime, holdings, failure);
  }

  /** Where everything is; copies donated inputs that do not lie where the program wants them. */
  #frame(
    { device }: Runtime,
    program: Program,
    { inputs, results, state, scratch }: Holdings,
  ): Frame {
    if (state !== undefined)
      for (const [index, offset] of program.memory.stateInputs) {
        const block = inputs[index];
        if (block === undefined || (block.slab === state && block.offset === offset)) continue;
        device
          .encoder()
          .copyBufferToBuffer(block.gpu, block.offset, state.gpu, offset, block.bytes);
      }
    return {
      inputs,
      results: results.filter((_, i) => program.results[i]?.kind === "storage"),
      state: state && startOf(state),
      scratch: scratch && startOf(scratch),
    };
  }

  #end({ device }: Runtime, { inputs, results, scratch }: Holdings, failure?: Error): void {
    if (failure !== undefined)
      for (const block of results)
        // a result that is an input as it was is none the worse
        if (!inputs.includes(block)) block.failure = failure;
    for (const block of [...inputs, ...results]) block.release();
    scratch?.release();
    if (failure === undefined && this.program.steps.length > long) device.flush();
  }
}

const blockOf = (buffer: Buffer, runtime: Runtime): Block => {
  if (!(buffer instanceof WebgpuBuffer)) throw new TypeError("a buffer of another backend");
  if (buffer.runtime === runtime) return buffer.block;
  throw new DeviceLostError({
    operation: "webgpu",
    rule: "a tensor is gone with the device that held it",
    got: formatAval(buffer.aval),
    fix: "make it anew after recover(), or load the last checkpoint",
  });
};

/** What a run failed of, with the name of its program; a lost device says enough itself. */
const failureOf = (name: string, error: unknown): Error =>
  error instanceof DeviceLostError
    ? error
    : new BackendError(
        {
          operation: name === "" ? "jit" : name,
          rule: "a program must run to its end",
          got: error instanceof Error ? error.message : String(error),
        },
        { cause: error },
      );
