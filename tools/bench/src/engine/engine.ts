import type { GptConfig } from "../model/gpt.ts";
import type { DecodeCase } from "../model/decode.ts";
import type { KernelCase } from "../model/kernels.ts";
import type { ModelCase } from "../model/models.ts";
import type { GpuCounts } from "./gpu-counter.ts";

/** A whole training step, the loss and its gradients, or the loss alone. */
export type TrainingPart = "step" | "gradients" | "loss";

/** Optimizers that are measured alone. */
export type OptimizerName = "adamw" | "lion" | "muon";

/** What is made of random words. */
export type RandomDraws = "bits" | "uniform" | "bernoulli";

/** The work of one benchmark. */
export type Task =
  | {
      readonly kind: "train-step";
      readonly config: GptConfig;
      /** A whole step when left out. */
      readonly part?: TrainingPart;
    }
  | { readonly kind: "matmul"; readonly size: number }
  | {
      readonly kind: "optim-step";
      readonly optimizer: OptimizerName;
      /** Square kernels of `width`, `count` of them. */
      readonly count: number;
      readonly width: number;
    }
  | { readonly kind: "random"; readonly draws: RandomDraws; readonly count: number }
  | { readonly kind: "dropout-step"; readonly config: GptConfig; readonly rate: number }
  | { readonly kind: "kernel"; readonly kernel: KernelCase }
  | { readonly kind: "model"; readonly case: ModelCase; readonly part: "loss" | "step" }
  | { readonly kind: "decode"; readonly case: DecodeCase };

/** What a run of some repetitions gave besides its time. */
export interface Outcome {
  /** Loss of the last step. */
  readonly loss?: number;
  /** The part of the time that was the engine's own, when the engine can tell. */
  readonly engineSeconds?: number;
}

/** A prepared engine; `run` ends when the work has ended, not when it is queued. */
export interface Engine {
  readonly run: (count: number) => Promise<Outcome>;
}

/** Every engine module exports this as `create`; `variant` picks a backend. */
export type Create = (task: Task, variant: string) => Promise<Engine>;

export interface Timed extends Outcome {
  readonly seconds: number;
  /** Everything asked of WebGPU so far, in a session that counts. */
  readonly gpu?: GpuCounts;
}

/** Memory of the process: when the library was loaded, and at its highest. */
export interface Footprint {
  readonly baseBytes: number;
  readonly peakBytes: number;
}

/** A running engine as the benchmarks see it, wherever it runs. */
export interface Session {
  readonly name: string;
  /** The GPU, for engines in Node that compute on one. */
  readonly adapter?: string;
  /** Seconds from the task to a prepared engine, without loading the library. */
  readonly prepareSeconds: number;
  readonly run: (count: number) => Promise<Timed>;
  /** Turns to another task with the library as it is. */
  readonly turnTo: (task: Task) => Promise<void>;
  readonly end: () => Promise<Footprint | undefined>;
}
