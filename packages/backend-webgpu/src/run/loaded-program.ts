import type { HostArray } from "@adjoint/core/backend";
import type { Storage } from "../emit/arrays.ts";
import { bytesOf, type Place } from "../plan/memory.ts";
import type { Program } from "../plan/program.ts";
import {
  type BranchStep,
  type ControlStep,
  type HostStep,
  isKernels,
  isWaiting,
  type ScanStep,
  type WhileStep,
} from "../plan/step.ts";
import { Block } from "./block.ts";
import { bindStep } from "./bind-step.ts";
import type { BoundKernel } from "./bound-kernel.ts";
import { Dispatch } from "./dispatch.ts";
import { toDevice } from "./host-data.ts";
import type { Frame, Located } from "./located.ts";
import { missing } from "./missing.ts";
import { NumberTable } from "./numbers.ts";
import type { Shader } from "./pipelines.ts";
import type { Runtime } from "./runtime.ts";

/** What a loaded program does, in order. */
export type Action =
  | { readonly kind: "dispatch"; readonly dispatch: Dispatch }
  | { readonly kind: "host"; readonly step: HostStep }
  | { readonly kind: "scan"; readonly step: ScanStep; readonly body: LoadedProgram }
  | {
      readonly kind: "while";
      readonly step: WhileStep;
      readonly condition: LoadedProgram;
      readonly body: LoadedProgram;
    }
  | {
      readonly kind: "branch";
      readonly step: BranchStep;
      readonly branches: readonly LoadedProgram[];
    };

/** Whether a program's shaders must have its own numbers, or may serve other shapes too. */
export type ShaderForm = "own" | "any";

/** A program with its shaders, constants and tables on a device. */
export class LoadedProgram {
  readonly program: Program;
  readonly actions: readonly Action[];
  /** Whether a run waits for the host in between. */
  readonly waits: boolean;
  readonly #runtime: Runtime;
  readonly #constants: readonly Block[];
  readonly #numbers: NumberTable;
  readonly #form: ShaderForm;
  #isCompiled = false;

  constructor(runtime: Runtime, program: Program, form: ShaderForm = "any") {
    this.#runtime = runtime;
    this.#form = form;
    this.program = program;
    this.waits = program.steps.some(isWaiting);
    const { device, pipelines } = runtime;
    const bound = program.steps.map((step) =>
      isKernels(step) ? bindStep(step, program, device.profile).map((one) => one.bound) : [],
    );
    const kernels = bound.flat();
    const shaders = form === "own" ? kernels.map((k) => pipelines.alone(k)) : pipelines.of(kernels);
    this.#numbers = new NumberTable(device, shaders);
    const next = shaders.entries();
    this.actions = program.steps.flatMap((step, i) =>
      isKernels(step)
        ? (bound[i] ?? []).map((kernel): Action => {
            const [place, shader] = next.next().value ?? missing();
            return { kind: "dispatch", dispatch: this.#dispatchOf(kernel, shader, place) };
          })
        : [this.#load(step)],
    );
    this.#constants = program.constants.map(({ storage, array }) => this.#upload(storage, array));
  }

  #load(step: HostStep | ControlStep): Action {
    const nested = (program: Program): LoadedProgram =>
      new LoadedProgram(this.#runtime, program, this.#form);
    switch (step.kind) {
      case "host":
        return { kind: "host", step };
      case "scan":
        return { kind: "scan", step, body: nested(step.body) };
      case "while":
        return { kind: "while", step, condition: nested(step.condition), body: nested(step.body) };
      case "branch":
        return { kind: "branch", step, branches: step.branches.map(nested) };
    }
  }

  #dispatchOf(bound: BoundKernel, shader: Shader, place: number): Dispatch {
    const { device } = this.#runtime;
    const table = bound.table && Block.alone(device, 4 * bound.table.length);
    if (table !== undefined && bound.table !== undefined)
      device.upload(table.gpu, new Uint8Array(bound.table.buffer));
    return new Dispatch(bound, shader, table, this.#numbers.of(place));
  }

  #upload(storage: Storage, array: HostArray): Block {
    const block = Block.alone(this.#runtime.device, bytesOf(storage));
    this.#runtime.device.upload(block.gpu, toDevice(array, this.#runtime.f16));
    return block;
  }

  /** Every dispatch, those of nested programs included. */
  *dispatches(): Generator<Dispatch> {
    for (const action of this.actions) {
      if (action.kind === "dispatch") yield action.dispatch;
      for (const nested of nestedIn(action)) yield* nested.dispatches();
    }
  }

  /** Whether some of its shaders serve other shapes too. */
  get isGeneral(): boolean {
    return [...this.dispatches()].some((d) => d.isGeneral);
  }

  /** Whether all shaders are compiled. */
  get isCompiled(): boolean {
    this.#isCompiled ||= [...this.dispatches()].every((d) => d.pipeline.ready !== undefined);
    return this.#isCompiled;
  }

  /** Resolves when all shaders are compiled or were refused. */
  async compiled(): Promise<void> {
    await Promise.all([...this.dispatches()].map((d) => d.pipeline.made));
  }

  /** Where storage is in a run. */
  locate(storage: Storage, frame: Frame): Located {
    return this.at(this.program.memory.places.get(storage) ?? missing(), frame);
  }

  at(place: Place, frame: Frame): Located {
    switch (place.kind) {
      case "input":
        return frame.inputs[place.index] ?? missing();
      case "result":
        return frame.results[place.index] ?? missing();
      case "constant":
        return this.#constants[place.index] ?? missing();
      case "state":
        return moved(frame.state ?? missing(), place.offset);
      case "scratch":
        return moved(frame.scratch ?? missing(), place.offset);
    }
  }

  dispose(): void {
    for (const block of this.#constants) block.release();
    this.#numbers.dispose();
    for (const action of this.actions) {
      if (action.kind === "dispatch") action.dispatch.table?.release();
      for (const nested of nestedIn(action)) nested.dispose();
    }
  }
}

const moved = ({ gpu, offset }: Located, bytes: number): Located => ({
  gpu,
  offset: offset + bytes,
});

const nestedIn = (action: Action): readonly LoadedProgram[] => {
  switch (action.kind) {
    case "scan":
      return [action.body];
    case "while":
      return [action.condition, action.body];
    case "branch":
      return action.branches;
    default:
      return [];
  }
};
