// A training step of the GPT of @adjoint/nn with dropout at its usual places: after the embedding, on the weights of
// attention, and behind both halves of each block.
import { type Tensor, tensor } from "@adjoint/core";
import { foldIn, key, type Key } from "@adjoint/core/random";
import { gpt, gptConfig, type GptParams } from "@adjoint/nn";
import { adamw as adamwRule, chain, clipByGlobalNorm } from "@adjoint/optim";
import { pretrain } from "@adjoint/recipes";
import type { Create } from "../engine/engine.ts";
import { adamw, batchAt } from "../model/gpt.ts";
import { useBackend } from "./backend.ts";

type Batch = { readonly ids: Tensor; readonly targets: Tensor; readonly dropoutKey: Key };

export const create: Create = async (task, variant) => {
  if (task.kind !== "dropout-step") throw new Error("dropout-step only");
  await useBackend(variant);
  const {
    layers: nLayer,
    width: nEmbd,
    heads: nHead,
    block: blockSize,
    batch,
    vocab,
  } = task.config;
  const sizes = gptConfig({ vocabSize: vocab, blockSize, nLayer, nHead, nEmbd });
  const config = { ...sizes, dropout: task.rate };
  const { learningRate, beta1: b1, beta2: b2, eps, weightDecay, clip } = adamw;
  const recipe = pretrain({
    loss: (params: GptParams, { ids, targets, dropoutKey }: Batch) =>
      gpt.loss(params, ids, targets, { ...config, key: dropoutKey }),
    optimizer: chain(
      clipByGlobalNorm(clip),
      adamwRule({ learningRate, b1, b2, eps, weightDecay, mask: gpt.decays }),
    ),
  });
  const shape = [batch, blockSize];
  let [state, done] = [recipe.init(gpt.init(key(0), config)), 0];
  return {
    run: async (count) => {
      let last: number | boolean = Number.NaN;
      for (let i = 0; i < count; i++) {
        const { inputs, targets } = batchAt(task.config, done);
        const [next, { loss }] = recipe.step(state, {
          ids: tensor(inputs, { shape }),
          targets: tensor(targets, { shape }),
          dropoutKey: foldIn(key(1), done++),
        });
        state = next;
        last = await loss.item();
      }
      return { loss: Number(last) };
    },
  };
};
