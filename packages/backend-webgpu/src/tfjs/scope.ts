import type { Shape } from "@adjoint/core/backend";
import { sameShape, sizeOf } from "@adjoint/core/backend";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { TfjsEngine } from "./engine.ts";
import type { KernelOperands, KernelSettings } from "./internal/call-kernel.ts";

/** Runs kernels and remembers what they made, so that what a rule does not return can be freed. */
export class Scope {
  readonly #engine: TfjsEngine;
  readonly #made: TensorInfo[] = [];

  constructor(engine: TfjsEngine) {
    this.#engine = engine;
  }

  /** Runs a kernel of TensorFlow.js. */
  run(kernel: string, inputs: KernelOperands, settings: KernelSettings = {}): TensorInfo {
    const result = this.#engine.run(kernel, inputs, settings);
    this.#made.push(result);
    return result;
  }

  /** Runs a kernel of one operand called `x`. */
  apply(kernel: string, x: TensorInfo, settings: KernelSettings = {}): TensorInfo {
    return this.run(kernel, { x }, settings);
  }

  /** Runs a kernel of two operands, which broadcast. */
  pair(kernel: string, a: TensorInfo, b: TensorInfo): TensorInfo {
    return this.run(kernel, { a, b });
  }

  /** A scalar. */
  scalar(value: number, dtype: "float32" | "int32"): TensorInfo {
    const data = dtype === "int32" ? Int32Array.of(value) : Float32Array.of(value);
    const info = this.#engine.upload({ shape: [], dtype, data });
    this.#made.push(info);
    return info;
  }

  /** The same elements under another shape. */
  reshape(x: TensorInfo, shape: Shape): TensorInfo {
    return sameShape(x.shape, shape) ? x : this.apply("Reshape", x, { shape });
  }

  /** Axis `i` of the result is axis `perm[i]` of `x`. */
  transpose(x: TensorInfo, perm: readonly number[]): TensorInfo {
    return perm.every((axis, i) => axis === i) ? x : this.apply("Transpose", x, { perm });
  }

  /** Repeats along new leading axes and axes of size 1. */
  broadcast(x: TensorInfo, shape: Shape): TensorInfo {
    if (sameShape(x.shape, shape)) return x;
    const aligned = [...shape.slice(x.shape.length).map(() => 1), ...x.shape];
    const ready = this.reshape(x, aligned);
    if (sizeOf(aligned) === sizeOf(shape)) return this.reshape(ready, shape);
    return this.apply("Tile", ready, { reps: shape.map((d, i) => d / (aligned[i] ?? 1)) });
  }

  /** The results for the caller to own; everything else that was made is freed. */
  finish(results: readonly TensorInfo[]): readonly TensorInfo[] {
    const made = new Set(this.#made);
    const kept = results.map((x) => {
      if (made.delete(x)) return x;
      return this.#engine.run("Identity", { x }, {}); // an operand, or the same result twice
    });
    for (const info of made) this.#engine.dispose(info);
    return kept;
  }
}
