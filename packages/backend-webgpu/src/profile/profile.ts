import { BackendError, jit, Tensor, withBackend } from "@adjoint/core";
import { leaves } from "@adjoint/core/tree";
import { currentWebgpu } from "../explain/current-webgpu.ts";
import type { WebgpuBackend } from "../run/webgpu-backend.ts";
import type { Runtime } from "../run/runtime.ts";
import { type KernelTime, KernelTimer } from "./kernel-timer.ts";
import { Profile } from "./profile-report.ts";

/** Settings of `profileWith`. */
export type ProfileOptions = {
  /** Runs to measure, after one that compiles; default 5. */
  readonly runs?: number;
  /** Name in the report; the function's own by default. */
  readonly name?: string;
};

/** Devices that are being profiled. */
const busy = new WeakSet<Runtime>();

const check = ({ device, runtime }: WebgpuBackend): void => {
  if (!device.profile.timestamps)
    throw new BackendError({
      operation: "profile",
      rule: "the device must have the feature timestamp-query",
      got: `${device.profile.description || device.profile.vendor || "a device"} without it`,
      fix: "use another adapter, or a newer browser",
    });
  if (busy.has(runtime))
    throw new BackendError({
      operation: "profile",
      rule: "one profile can be made at a time",
      fix: "await the other one first",
    });
};

/** Runs a function once, until the GPU is done; rejects with what failed. */
const runOnce = async ({ runtime }: WebgpuBackend, call: () => unknown): Promise<void> => {
  const results = leaves(call()).filter((leaf) => leaf instanceof Tensor);
  try {
    await runtime.line.idle();
    await runtime.device.settle();
    // a failed run is told by whatever reads its results
    const [smallest] = [...results].sort((a, b) => a.size - b.size);
    await smallest?.data();
  } finally {
    for (const result of results) result.dispose();
  }
};

type Run = { readonly times: readonly KernelTime[]; readonly ms: number };

const measure = async (
  backend: WebgpuBackend,
  call: () => unknown,
  runs: number,
): Promise<readonly Run[]> => {
  const { runtime } = backend;
  const measured: Run[] = [];
  while (measured.length < Math.max(1, runs)) {
    const timer = new KernelTimer();
    const start = performance.now();
    runtime.profiler = timer;
    try {
      await runOnce(backend, call);
    } finally {
      runtime.profiler = undefined;
    }
    const ms = performance.now() - start;
    measured.push({ ms, times: await timer.read(runtime.device) });
  }
  return measured;
};

/** As `profile`, with settings in front. */
export const profileWith = async <A extends readonly unknown[]>(
  { runs = 5, name }: ProfileOptions,
  fn: (...args: A) => unknown,
  ...args: A
): Promise<Profile> => {
  const backend = currentWebgpu("profile");
  check(backend);
  const compiled = jit(fn);
  const call = (): unknown => withBackend(backend, () => compiled(...args));
  busy.add(backend.runtime);
  try {
    await runOnce(backend, call);
    const measured = await measure(backend, call, runs);
    const times = measured.map((run) => run.times);
    const wall = measured.map((run) => run.ms);
    return new Profile(name ?? (fn.name || "program"), times, wall);
  } finally {
    busy.delete(backend.runtime);
  }
};

/**
 * Compiles `fn` for the current WebGPU backend, runs it several times and tells how long each kernel took on the GPU. Nothing
 * is donated, so `args` can be used again; what else runs on the backend meanwhile is measured too. Browsers round times, some
 * to 0.1 ms: measure in Node, or something large. Throws BackendError when the current backend is another one or its device
 * has no time stamps.
 *
 * @example
 * const times = await profile(loss, params, batch);
 * console.log(String(times)); // a table, the slowest kernel first
 */
export const profile = <A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  ...args: A
): Promise<Profile> => profileWith({}, fn, ...args);
