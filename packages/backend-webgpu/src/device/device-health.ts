import { BackendError } from "@adjoint/core/backend";
import { DeviceLostError, OutOfMemoryError } from "./errors.ts";

/** Buffers handed out while a failure was not yet known; what they hold cannot be trusted. */
type Suspects = { readonly from: number; readonly to: number; readonly error: BackendError };

const wait = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const lostError = (reason: string, message: string): DeviceLostError =>
  new DeviceLostError({
    operation: "webgpu",
    rule: "the device is lost, with every tensor on it",
    got: `${reason}${message === "" ? "" : ` (${message.trim()})`}`,
    fix: "await recover() of the backend and load the last checkpoint",
  });

const refused = (message: string): BackendError =>
  new BackendError({
    operation: "webgpu",
    rule: "the device refused a command",
    got: message.trim(),
    fix: "please report this: it is a bug of the backend",
  });

/** Memory ran out while something of `what` was made. */
export const outOfMemory = (what: string): OutOfMemoryError =>
  new OutOfMemoryError({
    operation: "webgpu",
    rule: "the device must have memory left",
    got: what,
    fix: "use smaller batches, checkpoint() or donated arguments, or dispose of what is no longer needed",
  });

/**
 * What went wrong on a device. WebGPU reports failures later than it takes commands, so they are collected here and surface at
 * the next read: `settle` waits for what is still being found out, then throws the first failure, once. A buffer handed out
 * between a failed allocation and that moment throws it at each read.
 */
export class DeviceHealth {
  /** Resolves when the device is lost. */
  readonly lost: Promise<DeviceLostError>;
  readonly #gpu: GPUDevice;
  readonly #pending = new Set<Promise<void>>();
  readonly #stamps = new WeakMap<GPUBuffer, number>();
  #clock = 0;
  #gone: DeviceLostError | undefined;
  #failure: { readonly error: BackendError; readonly from: number } | undefined;
  #suspects: readonly Suspects[] = [];

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
    this.lost = gpu.lost.then(({ reason, message }) => this.declareLost(reason, message));
    gpu.addEventListener("uncapturederror", (event) => {
      event.preventDefault(); // the next read tells of it; the console need not
      const { error } = event;
      const isMemory = error instanceof GPUOutOfMemoryError;
      this.fail(isMemory ? outOfMemory(error.message.trim()) : refused(error.message));
    });
  }

  /** Notes that the device is gone; the first reason stays. */
  declareLost(reason: string, message: string): DeviceLostError {
    this.#gone ??= lostError(reason, message);
    return this.#gone;
  }

  /** Throws DeviceLostError when the device is gone, and what is known of `buffer`. */
  check(buffer?: GPUBuffer): void {
    if (this.#gone !== undefined) throw this.#gone;
    const stamp = this.#stampOf(buffer);
    const suspect = this.#suspects.find(({ from, to }) => from <= stamp && stamp <= to);
    if (suspect !== undefined) throw suspect.error;
  }

  /** Notes that `buffer` is handed out now. */
  stamp(buffer: GPUBuffer): void {
    this.#stamps.set(buffer, ++this.#clock);
  }

  /** Keeps a failure for the next `settle`; buffers handed out since `buffer` are suspect. */
  fail(error: BackendError, buffer?: GPUBuffer): void {
    const known = this.#failure?.error;
    // what follows an allocation that failed is refused as well, and says less
    if (known !== undefined && (known instanceof OutOfMemoryError || error.name === known.name))
      return;
    this.#failure = { error, from: this.#stampOf(buffer) };
  }

  /** Has `settle` wait for the verdict of an error scope, with what to do about an error. */
  watch(verdict: Promise<GPUError | null>, act: (error: GPUError) => void): void {
    const known = verdict.then(
      (error) => (error === null ? undefined : act(error)),
      () => undefined, // a lost device is reported elsewhere
    );
    this.#pending.add(known);
    void known.finally(() => this.#pending.delete(known));
  }

  /** Runs `action`, and keeps what the device refuses of its commands for the next `settle`. */
  guard(action: () => void): void {
    this.#gpu.pushErrorScope("validation");
    try {
      action();
    } finally {
      this.watch(this.#gpu.popErrorScope(), (error) => this.fail(refused(error.message)));
    }
  }

  /** Waits until failures are known; throws the one that touches `buffer`, or the first that nobody has seen. */
  async settle(buffer?: GPUBuffer): Promise<void> {
    await Promise.all(this.#pending);
    if (this.#failure !== undefined) {
      this.check();
      throw this.#surface(this.#failure);
    }
    this.check(buffer);
  }

  /** The typed error behind something that a call of WebGPU rejected with. */
  async explain(cause: unknown): Promise<BackendError> {
    const got = cause instanceof Error ? cause.message : String(cause);
    await Promise.race([this.lost, wait(100)]); // the news of a lost device may come after its effects
    try {
      await this.settle();
    } catch (error) {
      if (error instanceof BackendError) return error;
    }
    return refused(got);
  }

  #stampOf(buffer: GPUBuffer | undefined): number {
    return (buffer && this.#stamps.get(buffer)) ?? Number.POSITIVE_INFINITY;
  }

  #surface({ error, from }: { readonly error: BackendError; readonly from: number }): BackendError {
    this.#failure = undefined;
    this.#suspects = [...this.#suspects.slice(-7), { from, to: this.#clock, error }];
    return error;
  }
}
