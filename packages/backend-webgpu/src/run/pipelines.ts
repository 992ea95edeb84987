import type { Device } from "../device/device.ts";
import { ShaderError } from "../device/errors.ts";
import { withNumbers } from "../kernel/shape-marks.ts";

/** A compiled shader, or one that is being compiled. */
export type Pipeline = { ready: GPUComputePipeline | undefined; readonly made: Promise<void>; failure: Error | undefined };

/** Compiled shaders by their text, each made once. */
export class Pipelines {
  readonly #device: Device;
  readonly #made = new Map<string, Pipeline>();

  constructor(device: Device) {
    this.#device = device;
  }

  /** Begins to compile a module; `name` is for messages and profiles. */
  get(module: string, name: string): Pipeline {
    const code = withNumbers(module);
    const known = this.#made.get(code);
    if (known !== undefined) return known;
    const pipeline: Pipeline = { ready: undefined, failure: undefined, made: Promise.resolve() };
    const made = this.#compile(code, name).then(
      (ready) => {
        pipeline.ready = ready;
      },
      (error: unknown) => {
        pipeline.failure = error instanceof Error ? error : new Error(String(error));
      },
    );
    const entry = Object.assign(pipeline, { made });
    this.#made.set(code, entry);
    return entry;
  }

  /** Pipelines made so far. */
  get count(): number {
    return this.#made.size;
  }

  async #compile(code: string, name: string): Promise<GPUComputePipeline> {
    const { gpu } = this.#device;
    this.#device.check();
    gpu.pushErrorScope("validation");
    const module = gpu.createShaderModule({ code, label: name });
    const refused = gpu.popErrorScope();
    const descriptor = { label: name, layout: "auto", compute: { module, entryPoint: "main" } } as const;
    const made = gpu.createComputePipelineAsync(descriptor);
    const [error, pipeline] = await Promise.allSettled([refused, made]);
    if (pipeline.status === "fulfilled" && error.status === "fulfilled" && error.value === null)
      return pipeline.value;
    const { messages } = await module.getCompilationInfo();
    const said = messages.map((m) => `${m.lineNum}:${m.linePos} ${m.message}`).join("; ");
    throw new ShaderError({
      operation: name,
      rule: "the device must accept the shader",
      got: `${said || String(pipeline.status === "rejected" ? pipeline.reason : error)}\n${code}`,
      fix: "report this as a bug of @adjoint/backend-webgpu",
    });
  }
}
