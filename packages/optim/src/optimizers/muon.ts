import type { Tensor } from "@adjoint/core";
import { partition } from "../combinators/partition.ts";
import type { GradientTransformation } from "../gradient-transformation.ts";
import type { LearningRate } from "../hyperparam.ts";
import { decay, type DecoupledDecay } from "../internal/decay.ts";
import { chain } from "../transforms/chain.ts";
import { scaleByLearningRate } from "../transforms/scale.ts";
import { type MuonOptions, scaleByMuon } from "../transforms/scale-by-muon.ts";
import { adamw, type AdamwConfig } from "./adamw.ts";

/** Settings of `muon`; no weight decay by default. */
export type MuonConfig = MuonOptions &
  DecoupledDecay & {
    /** Of the matrices; default 0.02. */
    readonly learningRate?: LearningRate;
    /**
     * Which parameters are matrices of hidden layers; default those of rank 2. Leave out embeddings and output heads by
     * their path. Leaves of a higher rank that are chosen are stacks of kernels (..., in, out).
     */
    readonly select?: (parameter: Tensor, path: string) => boolean;
    /** AdamW for the rest; its defaults here are learning rate 3e-4, b1 0.9, b2 0.95, eps 1e-10, no weight decay. */
    readonly adamw?: Partial<AdamwConfig>;
  };

/**
 * Muon for the matrices of hidden layers, AdamW for everything else. Kernels are (in, out). `weightDecay` and `mask` are of
 * the matrices. Throws ArgumentError for settings out of range.
 * @see https://kellerjordan.github.io/posts/muon/
 * @see https://arxiv.org/abs/2502.16982 (shapeScale "rms")
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * import { muon } from "@adjoint/optim";
 * const optimizer = muon({
 *   learningRate: 0.02,
 *   adamw: { learningRate: 3e-4 },
 *   select: (p, path) => p.rank === 2 && !/embed|head/.test(path),
 * });
 * const params = { embed: tensor([[1, 2]]), block: { kernel: tensor([[1, 0], [0, 1]]), bias: tensor([1]) } };
 * const [updates] = optimizer.update(params, optimizer.init(params), params);
 * Array.from(await updates.embed.data(), (x) => x.toFixed(5)); // => ["-0.00030", "-0.00030"]
 * ```
 */
export const muon = ({
  learningRate = 0.02,
  select = (p) => p.rank === 2,
  adamw: rest = {},
  weightDecay = 0,
  mask = true,
  ...options
}: MuonConfig = {}): GradientTransformation =>
  partition(
    {
      muon: chain(
        scaleByMuon(options),
        decay({ weightDecay, mask }),
        scaleByLearningRate(learningRate),
      ),
      adamw: adamw({ learningRate: 3e-4, b2: 0.95, eps: 1e-10, weightDecay: 0, ...rest }),
    },
    (p, path) => (select(p, path) ? "muon" : "adamw"),
  );
