import { KernelTimer } from "../profile/kernel-timer.ts";
import type { MatmulVariant } from "../matmul/matmul-variant.ts";
import { Slab } from "../run/block.ts";
import type { Runtime } from "../run/runtime.ts";
import { type Candidate, type Candidates, locatedIn } from "./candidate.ts";

/** Runs of each candidate; the first warms up. */
const rounds = 4;

const recordOne = (runtime: Runtime, { dispatches }: Candidate, gpu: GPUBuffer): void => {
  for (const dispatch of dispatches) dispatch.record(runtime, locatedIn(gpu, dispatch), 0);
};

/** Milliseconds of each candidate, by time stamps on the GPU. */
const stampedRound = async (
  runtime: Runtime,
  list: readonly Candidate[],
  gpu: GPUBuffer,
): Promise<readonly number[]> => {
  const timer = new KernelTimer();
  const before = runtime.profiler;
  runtime.profiler = timer; // nothing else is recorded meanwhile: all of this happens at once
  try {
    for (const candidate of list) recordOne(runtime, candidate, gpu);
  } finally {
    runtime.profiler = before;
  }
  const times = (await timer.read(runtime.device)).map(({ ns }) => ns / 1e6);
  return list.map(({ dispatches }) =>
    times.splice(0, dispatches.length).reduce((sum, ms) => sum + ms, 0),
  );
};

/** Milliseconds of each candidate until the GPU says that it is done. */
const waitedRound = async (
  runtime: Runtime,
  list: readonly Candidate[],
  gpu: GPUBuffer,
): Promise<readonly number[]> => {
  const times: number[] = [];
  for (const candidate of list) {
    await runtime.device.settle();
    const start = performance.now();
    recordOne(runtime, candidate, gpu);
    await runtime.device.settle();
    times.push(performance.now() - start);
  }
  return times;
};

/** The fastest candidate; stops before all rounds are done when `isLate` says so. */
export const fastest = async (
  runtime: Runtime,
  { list, bytes }: Candidates,
  isLate: () => boolean,
): Promise<MatmulVariant | undefined> => {
  const ready = list.filter(({ dispatches }) =>
    dispatches.every((d) => d.pipeline.ready !== undefined),
  );
  const slab = new Slab(runtime.device, bytes);
  slab.retain();
  const round = runtime.device.profile.timestamps ? stampedRound : waitedRound;
  const best = ready.map(() => Infinity);
  try {
    for (let i = 0; i < rounds && (i < 2 || !isLate()); i++) {
      const times = await round(runtime, ready, slab.gpu);
      if (i > 0) times.forEach((ms, j) => (best[j] = Math.min(best[j] ?? Infinity, ms)));
    }
  } finally {
    slab.release();
  }
  return ready[best.indexOf(Math.min(...best))]?.variant;
};
