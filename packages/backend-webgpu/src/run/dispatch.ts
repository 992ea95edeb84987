import type { BoundKernel } from "./bound-kernel.ts";
import { isSamePlace, type Located } from "./located.ts";
import type { Block } from "./block.ts";
import type { Numbers } from "./numbers.ts";
import type { Pipeline, Shader } from "./pipelines.ts";
import type { Runtime } from "./runtime.ts";

/** A bind group with what it binds. */
type Group = { readonly located: readonly Located[]; readonly group: GPUBindGroup };

/** Bind groups that one dispatch keeps: one for each turn of the loops around it. */
const mostGroups = 1024;

/** A kernel ready to be recorded, again and again. */
export class Dispatch {
  readonly bound: BoundKernel;
  readonly pipeline: Pipeline;
  readonly table: Block | undefined;
  /** Where the shader finds numbers that are not part of it. */
  readonly #numbers: Numbers | undefined;
  readonly #groups = new Map<number, Group>();

  constructor(
    bound: BoundKernel,
    { pipeline }: Shader,
    table: Block | undefined,
    numbers: Numbers | undefined,
  ) {
    this.bound = bound;
    this.pipeline = pipeline;
    this.table = table;
    this.#numbers = numbers;
  }

  /** Whether its shader serves other shapes too. */
  get isGeneral(): boolean {
    return this.#numbers !== undefined;
  }

  /** Records the kernel; `turn` counts the turns of the loops around it. Throws what went wrong in compiling it. */
  record(runtime: Runtime, located: readonly Located[], turn: number): void {
    const { ready, failure } = this.pipeline;
    if (failure !== undefined) throw failure;
    if (ready === undefined) throw new TypeError(`${this.bound.name} is not compiled`);
    const pass = runtime.profiler?.pass(runtime.device, this.bound) ?? runtime.device.pass();
    pass.setPipeline(ready);
    pass.setBindGroup(0, this.#group(runtime, ready, located, turn));
    pass.dispatchWorkgroups(...this.bound.grid);
    runtime.profiler?.end(runtime.device);
    runtime.counts.dispatches++;
  }

  #group(
    { device }: Runtime,
    pipeline: GPUComputePipeline,
    located: readonly Located[],
    turn: number,
  ): GPUBindGroup {
    const known = this.#groups.get(turn);
    if (known !== undefined && located.every((x, i) => isSamePlace(x, known.located[i])))
      return known.group;
    const { name, bindings } = this.bound;
    const operands = located.map(({ gpu, offset }, binding) => ({
      binding,
      resource: { buffer: gpu, offset, size: bindings[binding]?.bytes ?? 16 },
    }));
    const numbers = this.#numbers && { binding: operands.length, resource: this.#numbers };
    const group = device.gpu.createBindGroup({
      label: name,
      layout: pipeline.getBindGroupLayout(0),
      entries: numbers === undefined ? operands : [...operands, numbers],
    });
    const places = located.map(({ gpu, offset }) => ({ gpu, offset }));
    if (turn < mostGroups) this.#groups.set(turn, { located: places, group });
    return group;
  }
}
