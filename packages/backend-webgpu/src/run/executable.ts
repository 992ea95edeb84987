import { allocate, type Backend, type Buffer, type Executable, type HostArray, type Literal } from "@adjoint/core/backend";
import type { Storage } from "../emit/arrays.ts";
import { bytesOf, type Place } from "../plan/memory.ts";
import type { Program } from "../plan/program.ts";
import type { HostOperand, HostStep, Step } from "../plan/step.ts";
import { Block, Slab } from "./block.ts";
import { bindGroup } from "./bound-group.ts";
import { type BoundKernel, bindKernel } from "./bound-kernel.ts";
import { fromDevice, toDevice } from "./host-data.ts";
import type { Pipeline } from "./pipelines.ts";
import type { Runtime } from "./runtime.ts";
import { WebgpuBuffer } from "./webgpu-buffer.ts";

/** Memory of one run. */
type Frame = {
  readonly inputs: readonly Block[];
  readonly results: readonly Block[];
  readonly state: Slab | undefined;
  readonly scratch: Slab | undefined;
};

type Located = { readonly gpu: GPUBuffer; readonly offset: number };

type Dispatch = {
  readonly kind: "dispatch";
  readonly bound: BoundKernel;
  readonly pipeline: Pipeline;
  readonly table: Block | undefined;
  /** The last bind group, and the buffers and offsets that it binds. */
  group: GPUBindGroup | undefined;
  located: readonly Located[];
};

type Action = Dispatch | HostStep;

const same = (a: readonly Located[], b: readonly Located[]): boolean =>
  a.length === b.length && a.every((x, i) => x.gpu === b[i]?.gpu && x.offset === b[i]?.offset);

/** A program on a device. */
export class WebgpuExecutable implements Executable {
  readonly program: Program;
  readonly #runtime: Runtime;
  readonly #backend: Backend;
  readonly #actions: readonly Action[];
  readonly #constants: readonly Block[];
  readonly #donated: readonly boolean[];
  #isReady = false;

  constructor(runtime: Runtime, backend: Backend, program: Program, donated: readonly boolean[]) {
    this.#runtime = runtime;
    this.#backend = backend;
    this.program = program;
    this.#donated = donated;
    this.#actions = program.steps.flatMap((step) => this.#prepare(step));
    this.#constants = program.constants.map(({ storage, array }) => this.#upload(storage, array));
  }

  #prepare(step: Step): readonly Action[] {
    if (step.kind === "host") return [step];
    return this.#bind(step).map((bound) => this.#dispatchOf(bound));
  }

  /** Kernels with more operands than the device binds, and groups, reach them through the memory that they lie in. */
  #bind(step: Exclude<Step, HostStep>): readonly BoundKernel[] {
    const { memory } = this.program;
    const { profile } = this.#runtime.device;
    if (step.kind === "group") {
      const together = bindGroup(step.members, memory, profile);
      if (together !== undefined) return [together];
      return step.members.flatMap((member) => this.#bind({ kind: "kernel", ...member }));
    }
    const alone = bindKernel(step, memory.places);
    if (alone.bindings.length <= profile.maxBindings || step.text === undefined) return [alone];
    return [bindGroup([{ ...step, text: step.text }], memory, profile) ?? alone];
  }

  #dispatchOf(bound: BoundKernel): Dispatch {
    const { device, pipelines } = this.#runtime;
    const pipeline = pipelines.get(bound.module, bound.name);
    const table = bound.table && Block.alone(device, 4 * bound.table.length);
    if (table !== undefined && bound.table !== undefined)
      device.upload(table.gpu, new Uint8Array(bound.table.buffer));
    return { kind: "dispatch", bound, pipeline, table, group: undefined, located: [] };
  }

  #upload(storage: Storage, array: HostArray): Block {
    const block = Block.alone(this.#runtime.device, bytesOf(storage));
    this.#runtime.device.upload(block.gpu, toDevice(array, this.#runtime.f16));
    return block;
  }

  run(inputs: readonly Buffer[]): readonly Buffer[] {
    const blocks = inputs.map((buffer) => this.#blockOf(buffer));
    const frame = this.#frame(blocks);
    const buffers = this.#resultBuffers(frame);
    this.#runtime.line.run(() => this.#perform(frame));
    return buffers;
  }

  dispose(): void {
    this.#runtime.line.run(() => {
      for (const block of this.#constants) block.release();
      for (const action of this.#actions)
        if (action.kind === "dispatch") action.table?.release();
    });
  }

  /** Donated blocks pass to the run; others are held until it is recorded. */
  #blockOf(buffer: Buffer): Block {
    if (!(buffer instanceof WebgpuBuffer)) throw new TypeError("a buffer of another backend");
    return buffer.block;
  }

  #frame(blocks: readonly Block[]): Frame {
    const { device } = this.#runtime;
    const { memory, results } = this.program;
    blocks.forEach((block, i) => {
      if (this.#donated[i] !== true) block.retain();
    });
    const state = memory.stateBytes === 0 ? undefined : this.#stateOf(blocks);
    const made = results.map((result): Block => {
      if (result.kind === "input") return (blocks[result.index] ?? missing()).retain();
      const place = memory.places.get(result.storage);
      if (place?.kind === "state" && state !== undefined)
        return new Block(state, place.offset, bytesOf(result.storage));
      return Block.alone(device, bytesOf(result.storage));
    });
    const scratch =
      memory.scratchBytes === 0 ? undefined : new Slab(device, memory.scratchBytes);
    scratch?.retain();
    // results may be disposed of before a run that waits for its turn has written them
    for (const block of made) block.retain();
    return { inputs: blocks, results: made, state, scratch };
  }

  /** The slab that donated inputs lie in just as the program wants them, or a new one. */
  #stateOf(blocks: readonly Block[]): Slab {
    const { stateInputs, stateBytes } = this.program.memory;
    const [first] = stateInputs.keys();
    const slab = blocks[first ?? 0]?.slab;
    const isThere = [...stateInputs].every(([index, offset]) => {
      const block = blocks[index];
      return block !== undefined && block.slab === slab && block.offset === offset && block.isExclusive;
    });
    return isThere && slab !== undefined && slab.gpu.size >= stateBytes
      ? slab
      : new Slab(this.#runtime.device, stateBytes);
  }

  #resultBuffers(frame: Frame): readonly Buffer[] {
    return this.program.results.map(
      ({ aval }, i) =>
        new WebgpuBuffer(this.#runtime, this.#backend, aval, frame.results[i] ?? missing()),
    );
  }

  #perform(frame: Frame): void | Promise<void> {
    const failed = frame.inputs.find((block) => block.failure !== undefined)?.failure;
    if (failed !== undefined) return this.#end(frame, failed);
    const isPlain = this.#actions.every((action) => action.kind === "dispatch");
    if (!isPlain || !this.#compiled()) return this.#performLater(frame);
    try {
      this.#gather(frame);
      for (const action of this.#actions) if (action.kind === "dispatch") this.#dispatch(action, frame);
      this.#end(frame);
    } catch (error) {
      this.#end(frame, asError(error));
    }
  }

  async #performLater(frame: Frame): Promise<void> {
    try {
      await Promise.all(
        this.#actions.map((a) => (a.kind === "dispatch" ? a.pipeline.made : undefined)),
      );
      this.#gather(frame);
      for (const action of this.#actions)
        if (action.kind === "dispatch") this.#dispatch(action, frame);
        else await this.#host(action, frame);
      this.#end(frame);
    } catch (error) {
      this.#end(frame, asError(error));
    }
  }

  #compiled(): boolean {
    this.#isReady ||= this.#actions.every(
      (a) => a.kind !== "dispatch" || a.pipeline.ready !== undefined,
    );
    return this.#isReady;
  }

  /** Copies donated inputs that do not lie where the program wants them. */
  #gather({ inputs, state }: Frame): void {
    if (state === undefined) return;
    for (const [index, offset] of this.program.memory.stateInputs) {
      const block = inputs[index];
      if (block === undefined || (block.slab === state && block.offset === offset)) continue;
      this.#runtime.device
        .encoder()
        .copyBufferToBuffer(block.gpu, block.offset, state.gpu, offset, block.bytes);
    }
  }

  #end(frame: Frame, failure?: Error): void {
    if (failure !== undefined) for (const block of frame.results) block.failure = failure;
    for (const block of [...frame.inputs, ...frame.results]) block.release();
    frame.scratch?.release();
    if (this.#actions.length > 16) this.#runtime.device.flush();
  }

  #locate(place: Place | { readonly kind: "table" }, frame: Frame, table?: Block): Located {
    switch (place.kind) {
      case "table":
        return table ?? missing();
      case "input":
        return frame.inputs[place.index] ?? missing();
      case "result":
        return frame.results[this.#resultIndex(place.index)] ?? missing();
      case "constant":
        return this.#constants[place.index] ?? missing();
      case "state":
        return { gpu: (frame.state ?? missing()).gpu, offset: place.offset };
      case "scratch":
        return { gpu: (frame.scratch ?? missing()).gpu, offset: place.offset };
    }
  }

  /** Results that are inputs have no storage of their own and are not counted in places. */
  #resultIndex(index: number): number {
    let count = -1;
    return this.program.results.findIndex((r) => r.kind === "storage" && ++count === index);
  }

  #dispatch(action: Dispatch, frame: Frame): void {
    const { bound, pipeline } = action;
    if (pipeline.failure !== undefined) throw pipeline.failure;
    if (pipeline.ready === undefined) throw new TypeError(`${bound.name} is not compiled`);
    const located = bound.bindings.map(({ place }) => this.#locate(place, frame, action.table));
    if (action.group === undefined || !same(located, action.located)) {
      action.located = located.map(({ gpu, offset }) => ({ gpu, offset }));
      action.group = this.#group(pipeline.ready, bound, located);
    }
    const pass = this.#runtime.device.pass();
    pass.setPipeline(pipeline.ready);
    pass.setBindGroup(0, action.group);
    pass.dispatchWorkgroups(...bound.grid);
  }

  #group(pipeline: GPUComputePipeline, { bindings, name }: BoundKernel, located: readonly Located[]): GPUBindGroup {
    return this.#runtime.device.gpu.createBindGroup({
      label: name,
      layout: pipeline.getBindGroupLayout(0),
      entries: located.map(({ gpu, offset }, binding) => ({
        binding,
        resource: { buffer: gpu, offset, size: bindings[binding]?.bytes ?? 16 },
      })),
    });
  }

  async #host({ eqn, inputs, outputs }: HostStep, frame: Frame): Promise<void> {
    const arrays = await Promise.all(inputs.map((x) => this.#fetch(x, frame)));
    const results = eqn.primitive.evaluate(arrays, eqn.params);
    outputs.forEach(({ storage }, i) => {
      const array = results[i];
      const place = this.program.memory.places.get(storage);
      if (array === undefined || place === undefined || array.data.length === 0) return;
      const { gpu, offset } = this.#locate(place, frame);
      this.#runtime.device.upload(gpu, toDevice(array, this.#runtime.f16), offset);
    });
  }

  async #fetch(operand: HostOperand | Literal, frame: Frame): Promise<HostArray> {
    if (operand.kind === "literal") {
      const data = allocate(operand.aval.dtype, 1);
      data[0] = operand.value;
      return { ...operand.aval, data };
    }
    const place = this.program.memory.places.get(operand.storage);
    const { gpu, offset } = this.#locate(place ?? missing(), frame);
    const bytes = await this.#runtime.device.read(gpu, offset, bytesOf(operand.storage));
    return fromDevice(operand.variable.aval, bytes, this.#runtime.f16);
  }
}

const missing = (): never => {
  throw new RangeError("a program's memory was not planned");
};

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));
