import { columns, short } from "../explain/units.ts";
import type { BoundKernel } from "../run/bound-kernel.ts";
import type { KernelTime } from "./kernel-timer.ts";

/** What a kernel took on the GPU. */
export type KernelProfile = {
  /** The operations in it. */
  readonly name: string;
  /** How often one run dispatched it. */
  readonly calls: number;
  /** Milliseconds in one run, all calls together: the median of the runs. */
  readonly ms: number;
  /** Part of the time of all kernels, 0 to 1. */
  readonly share: number;
  /** Billions of flops (an estimate of the compiler) in a second; 0 where the time is too short to be seen. */
  readonly gflops: number;
  /** Billions of bytes of its arrays, each counted once, in a second. */
  readonly gbps: number;
};

/** What runs of a function took. */
export class Profile {
  readonly name: string;
  /** Runs that were measured. */
  readonly runs: number;
  /** Kernels in the order in which they first ran. */
  readonly kernels: readonly KernelProfile[];
  /** Milliseconds of all kernels of one run, without what is between them. */
  readonly gpuMs: number;
  /** Milliseconds from the call until the GPU was done, the median; measuring itself makes it longer. */
  readonly wallMs: number;

  constructor(name: string, runs: readonly (readonly KernelTime[])[], wall: readonly number[]) {
    this.name = name;
    this.runs = runs.length;
    this.kernels = profilesOf(runs);
    this.gpuMs = this.kernels.reduce((n, { ms }) => n + ms, 0);
    this.wallMs = median(wall);
  }

  /** A table of the kernels, those that took longest first. */
  toString(): string {
    const head = ["kernel", "calls", "ms", "share", "GFLOP/s", "GB/s"];
    const rows = [...this.kernels]
      .sort((a, b) => b.ms - a.ms)
      .map(({ name, calls, ms, share, gflops, gbps }) => [
        name,
        short(calls),
        ms.toFixed(3),
        `${(100 * share).toFixed(1)} %`,
        gflops.toPrecision(3),
        gbps.toPrecision(3),
      ]);
    const sum = `${this.gpuMs.toFixed(3)} ms on the GPU, ${this.wallMs.toFixed(3)} ms with the host, median of ${this.runs}`;
    return [this.name, columns([head, ...rows], [0]), sum].join("\n");
  }
}

const median = (list: readonly number[]): number => {
  const sorted = [...list].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return ((low ?? 0) + (high ?? 0)) / 2;
};

/** Nanoseconds of each kernel in one run, and how often it ran. */
const sumsOf = (times: readonly KernelTime[]) => {
  const sums = new Map<BoundKernel, { ns: number; calls: number }>();
  for (const { kernel, ns } of times) {
    const sum = sums.get(kernel) ?? { ns: 0, calls: 0 };
    sums.set(kernel, { ns: sum.ns + ns, calls: sum.calls + 1 });
  }
  return sums;
};

const profilesOf = (runs: readonly (readonly KernelTime[])[]): readonly KernelProfile[] => {
  const sums = runs.map(sumsOf);
  const kernels = [...new Set(sums.flatMap((run) => [...run.keys()]))];
  const times = kernels.map((kernel) => median(sums.map((run) => run.get(kernel)?.ns ?? 0)));
  const total = times.reduce((n, ns) => n + ns, 0);
  return kernels.map((kernel, i) => {
    const ns = times[i] ?? 0;
    const calls = Math.max(...sums.map((run) => run.get(kernel)?.calls ?? 0));
    const rate = (count: number): number => (ns === 0 ? 0 : (calls * count) / ns);
    return {
      name: kernel.name,
      calls,
      ms: ns / 1e6,
      share: total === 0 ? 0 : ns / total,
      gflops: rate(kernel.flops),
      gbps: rate(kernel.bytes),
    };
  });
};
