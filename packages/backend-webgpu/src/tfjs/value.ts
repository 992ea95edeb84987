import { allocate, type Aval, type HostArray } from "@adjoint/core/backend";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { TfjsEngine } from "./engine.ts";

/** What TensorFlow.js holds of a value, counted by how many use it. Knows nothing of what the host holds. */
export class Held {
  readonly #engine: TfjsEngine;
  #info: TensorInfo | undefined;
  #uses = 0;

  constructor(engine: TfjsEngine, info?: TensorInfo) {
    this.#engine = engine;
    this.#info = info;
  }

  /** The tensor, if there is one. */
  get info(): TensorInfo | undefined {
    return this.#info;
  }

  /** Keeps a tensor that was made of the value. */
  keep(info: TensorInfo): TensorInfo {
    this.#info = info;
    return info;
  }

  /** One more use. */
  own(): this {
    this.#uses += 1;
    return this;
  }

  /** One use less; the last one frees the tensor. */
  readonly disown = (): void => {
    this.#uses -= 1;
    if (this.#uses > 0 || this.#info === undefined) return;
    this.#engine.dispose(this.#info);
    this.#info = undefined;
  };
}

/** An array on the host, in TensorFlow.js, or both. Its contents never change. */
export class Value {
  readonly aval: Aval;
  readonly held: Held;
  readonly #engine: TfjsEngine;
  #host: HostArray | undefined;

  constructor(engine: TfjsEngine, aval: Aval, from: HostArray | TensorInfo) {
    this.aval = { shape: aval.shape, dtype: aval.dtype };
    this.#engine = engine;
    this.#host = "dataId" in from ? undefined : from;
    this.held = new Held(engine, "dataId" in from ? from : undefined);
  }

  /** The contents, if they are on the host. */
  get host(): HostArray | undefined {
    return this.#host;
  }

  /** Whether `readSync` works. */
  get canReadSync(): boolean {
    return this.#host !== undefined || this.#engine.isSync;
  }

  /** The value in TensorFlow.js, uploaded when it is not there yet; owned by the value. */
  tensor(): TensorInfo {
    const { info } = this.held;
    if (info !== undefined) return info;
    return this.held.keep(this.#engine.upload(this.#host ?? this.#empty()));
  }

  /** The contents on the host, at once, where the engine can. */
  readSync(): HostArray {
    const like = this.#host ?? this.#empty();
    this.#host ??= { ...like, data: this.#engine.readSync(this.tensor(), like) };
    return this.#host;
  }

  /** The contents on the host. */
  async read(): Promise<HostArray> {
    if (this.#host !== undefined) return this.#host;
    const like = this.#empty();
    this.#host = { ...like, data: await this.#engine.read(this.tensor(), like) };
    return this.#host;
  }

  #empty(): HostArray {
    return { ...this.aval, data: allocate(this.aval.dtype, 0) };
  }
}
