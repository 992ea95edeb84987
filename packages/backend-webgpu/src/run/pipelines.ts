import type { Device } from "../device/device.ts";
import { ShaderError } from "../device/errors.ts";
import type { BoundKernel } from "./bound-kernel.ts";
import { ProgramHistory, shaderText, type ShaderText } from "./shader-family.ts";

/** A compiled shader, or one that is being compiled. */
export type Pipeline = {
  ready: GPUComputePipeline | undefined;
  readonly made: Promise<void>;
  failure: Error | undefined;
};

/** A shader as a kernel uses it. */
export type Shader = {
  readonly pipeline: Pipeline;
  /** What it reads as its numbers; undefined when they are part of the shader. */
  readonly numbers: readonly number[] | undefined;
};

/** How far compilation is: `name` has become ready as number `done` of the `total` shaders asked for so far. */
export type CompileProgress = {
  readonly done: number;
  readonly total: number;
  readonly name: string;
};

/** Compiled shaders by their text, each made once. */
export class Pipelines {
  readonly #device: Device;
  readonly #onCompile: ((progress: CompileProgress) => void) | undefined;
  readonly #made = new Map<string, Pipeline>();
  readonly #history = new ProgramHistory();
  #done = 0;

  constructor(device: Device, onCompile?: (progress: CompileProgress) => void) {
    this.#device = device;
    this.#onCompile = onCompile;
  }

  /**
   * The shaders of a program's kernels. A program that is new gets shaders with its own numbers, which compilers make the
   * most of; one that was there before in other shapes gets shaders that serve all shapes.
   */
  of(kernels: readonly BoundKernel[]): readonly Shader[] {
    const texts = kernels.map(shaderText);
    const isKnown = this.#history.isKnown(texts);
    this.#history.add(texts);
    return texts.map(({ name, own, general, numbers }) => {
      if (!isKnown || general === undefined || this.#made.has(own))
        return { pipeline: this.#get(own, name), numbers: undefined };
      return { pipeline: this.#get(general, name), numbers };
    });
  }

  /** The shader of one kernel, with its own numbers. */
  alone(kernel: BoundKernel): Shader {
    return { pipeline: this.#get(shaderText(kernel).own, kernel.name), numbers: undefined };
  }

  /** Texts that a program of these kernels would have to compile. */
  missing(kernels: readonly BoundKernel[]): ReadonlySet<string> {
    const texts = kernels.map(shaderText);
    const isKnown = this.#history.isKnown(texts);
    const needed = ({ own, general }: ShaderText): string =>
      isKnown && general !== undefined && !this.#made.has(own) ? general : own;
    return new Set(texts.map(needed).filter((text) => !this.#made.has(text)));
  }

  /** Pipelines made so far. */
  get count(): number {
    return this.#made.size;
  }

  /** Begins to compile a module; `name` is for messages and profiles. */
  #get(code: string, name: string): Pipeline {
    const known = this.#made.get(code);
    if (known !== undefined) return known;
    const pipeline = { ready: undefined, failure: undefined, made: Promise.resolve() };
    this.#made.set(code, pipeline);
    return Object.assign(pipeline, { made: this.#fill(pipeline, code, name) });
  }

  async #fill(pipeline: Pipeline, code: string, name: string): Promise<void> {
    try {
      pipeline.ready = await this.#compile(code, name);
      this.#report(name);
    } catch (error) {
      pipeline.failure = error instanceof Error ? error : new Error(String(error));
    }
  }

  #report(name: string): void {
    this.#done++;
    this.#onCompile?.({ done: this.#done, total: this.#made.size, name });
  }

  async #compile(code: string, name: string): Promise<GPUComputePipeline> {
    const { gpu } = this.#device;
    this.#device.check();
    gpu.pushErrorScope("validation");
    const module = gpu.createShaderModule({ code, label: name });
    const refused = gpu.popErrorScope();
    const descriptor = {
      label: name,
      layout: "auto",
      compute: { module, entryPoint: "main" },
    } as const;
    const made = gpu.createComputePipelineAsync(descriptor);
    const [error, pipeline] = await Promise.allSettled([refused, made]);
    if (pipeline.status === "fulfilled" && error.status === "fulfilled" && error.value === null)
      return pipeline.value;
    const { messages } = await module.getCompilationInfo();
    const lines = code.split("\n");
    const said = messages.map(
      (m) => `${m.message} in line ${m.lineNum}, "${(lines[m.lineNum - 1] ?? "").trim()}"`,
    );
    const reason = pipeline.status === "rejected" ? pipeline.reason : error;
    throw new ShaderError(
      {
        operation: name,
        rule: "the device must accept the shader",
        got: said.length === 0 ? String(reason) : said.join("; "),
        fix: "report this as a bug of @adjoint/backend-webgpu, with the `code` of this error",
      },
      code,
    );
  }
}
