import {
  type Atom,
  type Backend,
  type Buffer,
  type CompileOptions,
  type DType,
  type Executable,
  type HostArray,
  type Ir,
  type Params,
  type Primitive,
  roundToStorage,
  sizeOf,
  Var,
} from "@adjoint/core/backend";
import { paramsKey } from "@adjoint/core/passes";
import type { Device } from "../device/device.ts";
import { buildProgram } from "../plan/build-program.ts";
import type { Program } from "../plan/program.ts";
import type { Product } from "../tune/product.ts";
import type { Tuner } from "../tune/tuner.ts";
import { Block } from "./block.ts";
import { WebgpuExecutable } from "./executable.ts";
import { deviceBytes, toDevice } from "./host-data.ts";
import { type CompileProgress, Pipelines } from "./pipelines.ts";
import type { Runtime } from "./runtime.ts";
import { TaskLine } from "./task-line.ts";
import { WebgpuBuffer } from "./webgpu-buffer.ts";

/** How a backend compiles. */
export type BackendSettings = {
  readonly onCompile?: ((progress: CompileProgress) => void) | undefined;
  /** Chooses kernels by timing them; best guesses where it is left out. */
  readonly tuner?: Tuner | undefined;
};

/** Programs of one operation that are kept. */
const keptOperations = 512;

/** Runs programs on a GPU. */
export class WebgpuBackend implements Backend {
  readonly name = "webgpu";
  readonly #renew: () => Promise<Device>;
  readonly #settings: BackendSettings;
  #runtime: Runtime;
  readonly #tuning = new Set<Promise<void>>();
  readonly #operations = new Map<string, Executable>();

  /** `renew` makes a device like `device` when that is lost. */
  constructor(device: Device, renew: () => Promise<Device>, settings: BackendSettings = {}) {
    this.#renew = renew;
    this.#settings = settings;
    this.#runtime = runtimeOf(device, settings);
  }

  get device(): Device {
    return this.#runtime.device;
  }

  /** What its programs share: the device, compiled shaders and the line of tasks. */
  get runtime(): Runtime {
    return this.#runtime;
  }

  /** float16 is among them where the GPU has it. */
  get nativeDTypes(): readonly DType[] {
    const all: readonly DType[] = ["float32", "int32", "uint32", "bool"];
    return this.#runtime.f16 ? [...all, "float16"] : all;
  }

  /**
   * Goes on with a new device, after the old one was lost. Compiled functions go on working and compile again when they are
   * called; tensors on the old device are gone: make them anew, or load a checkpoint. Throws NoAdapterError.
   */
  async recover(): Promise<void> {
    const device = await this.#renew();
    this.#runtime.device.dispose();
    this.#runtime = runtimeOf(device, this.#settings);
  }

  fromHost(array: HostArray): Buffer {
    const { f16 } = this.#runtime;
    const bytes = Math.max(
      16,
      Math.ceil((sizeOf(array.shape) * deviceBytes(array.dtype, f16)) / 4) * 4,
    );
    const block = Block.alone(this.device, bytes);
    this.device.upload(
      block.gpu,
      toDevice(roundToStorage({ ...array, data: array.data.slice() }), f16),
    );
    return new WebgpuBuffer(this, this.#runtime, array, block);
  }

  execute(primitive: Primitive, inputs: readonly Buffer[], params: Params): readonly Buffer[] {
    const types = inputs.map(({ aval }) => `${aval.dtype}${aval.shape.join("x")}`).join();
    const key = `${primitive.name}${paramsKey(params)}(${types})`;
    const executable = this.#operations.get(key) ?? this.#operation(primitive, inputs, params);
    this.#operations.delete(key);
    this.#operations.set(key, executable);
    const [oldest] = this.#operations;
    if (this.#operations.size > keptOperations && oldest !== undefined) {
      this.#operations.delete(oldest[0]);
      oldest[1].dispose();
    }
    return executable.run(inputs);
  }

  #operation(primitive: Primitive, inputs: readonly Buffer[], params: Params): Executable {
    const variables = inputs.map(({ aval }) => new Var(aval));
    const outputs = primitive
      .abstractEval(
        variables.map((v) => v.aval),
        params,
      )
      .map((aval) => new Var(aval));
    const eqn = { primitive, params, inputs: variables, outputs };
    const ir: Ir = {
      inputs: variables,
      captures: [],
      eqns: [eqn],
      outputs: outputs satisfies Atom[],
    };
    return this.compile(ir, { name: primitive.name });
  }

  compile(ir: Ir, options: CompileOptions = {}): Executable {
    const unknown: Product[] = [];
    const program = this.plan(ir, options, unknown);
    const executable = new WebgpuExecutable(this, program, options.donated ?? []);
    if (unknown.length > 0) {
      const tuning = this.#tune(executable, unknown, () => this.plan(ir, options));
      this.#tuning.add(tuning);
      void tuning.finally(() => this.#tuning.delete(tuning));
    }
    return executable;
  }

  /** The steps of a program; products whose fastest kernels are not known are added to `unknown`. */
  plan(ir: Ir, { donated = [], name = "program" }: CompileOptions, unknown?: Product[]): Program {
    const { profile } = this.device;
    const choose = this.#settings.tuner?.choice(profile, unknown);
    return buildProgram(ir, { donated, name, profile, choose });
  }

  /**
   * Times the products of a program, and goes on with another program where other kernels turn out to be faster. Never
   * rejects: where that fails, as on a device that was lost, the program stays as it is.
   */
  async #tune(
    executable: WebgpuExecutable,
    products: readonly Product[],
    plan: () => Program,
  ): Promise<void> {
    const { tuner } = this.#settings;
    const runtime = this.#runtime;
    if (tuner === undefined) return;
    await tuner.tune(products, runtime);
    if (this.#runtime !== runtime) return;
    const choose = tuner.choice(this.device.profile);
    const isBetter = (p: Product): boolean => (choose(p) ?? p.variants[0]) !== p.variants[0];
    if (products.some(isBetter)) await executable.adopt(plan).catch(() => undefined);
  }

  /** Resolves when no kernels are being timed and programs have those that were found; see `tuning` of `createWebgpuBackend`. */
  async tuned(): Promise<void> {
    await Promise.all(this.#tuning);
  }

  /** Frees the device; tensors on it cannot be used afterwards. */
  dispose(): void {
    this.device.dispose();
  }
}

const runtimeOf = (device: Device, { onCompile }: BackendSettings): Runtime => ({
  device,
  line: new TaskLine(),
  pipelines: new Pipelines(device, onCompile),
  f16: device.profile.f16,
  nothing: device.buffers.acquire(256, GPUBufferUsage.STORAGE),
  counts: { dispatches: 0, runs: 0 },
  profiler: undefined,
});
