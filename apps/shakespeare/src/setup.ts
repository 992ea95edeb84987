import { gpt, type GptConfig, gptConfig, type GptParams } from "@adjoint/nn";
import { adamw, chain, clipByGlobalNorm, warmupCosineDecay } from "@adjoint/optim";
import { type Batch, type MixedPrecision, pretrain, type TrainRecipe } from "@adjoint/recipes";

/** Batches of 12 windows of 64 characters, as in nanoGPT's CPU configuration. */
export const windows = { batchSize: 12, blockSize: 64 } as const;

/** nanoGPT's shakespeare_char model for CPUs: 4 layers, 4 heads, 128 wide. */
export const modelConfig = (vocabSize: number): GptConfig =>
  gptConfig({ vocabSize, blockSize: windows.blockSize, nLayer: 4, nHead: 4, nEmbd: 128 });

/** The recipe with nanoGPT's optimizer: AdamW on a cosine from 1e-3 to 1e-4, 100 steps of warmup (a tenth of a short run), gradients clipped to 1. Another precision than float32 needs a policy. */
export const shakespeareRecipe = (
  config: GptConfig,
  iterations: number,
  precision: MixedPrecision | undefined,
): TrainRecipe<GptParams, Batch> =>
  pretrain({
    ...(precision === undefined ? {} : { precision }),
    loss: (params, { inputs, targets }) =>
      gpt.loss(params, inputs, targets, { ...config, ignoreIndex: -1 }),
    optimizer: chain(
      clipByGlobalNorm(1),
      adamw({
        learningRate: warmupCosineDecay({
          peak: 1e-3,
          end: 1e-4,
          warmupSteps: Math.min(100, Math.floor(iterations / 10)),
          decaySteps: iterations,
          rule: "nanoGpt",
        }),
        b2: 0.99,
        weightDecay: 0.1,
        mask: gpt.decays,
      }),
    ),
  });
