import type { Tensor } from "@adjoint/core";
import { type Either, loadParams, type WeightMap } from "@adjoint/models";
import { adamw } from "@adjoint/optim";
import { pretrain } from "@adjoint/recipes";
import type { Engine } from "../../engine/engine.ts";
import { hashedWeights } from "./hashed-weights.ts";

/** A model with its batch, to be made an engine of a part of the work. */
export type Learnable = (part: "loss" | "step") => Promise<Engine>;

/** The value, where configurations and weights are known to be right. */
export const must = <E, A>(either: Either<E, A>): A => {
  if (either._tag === "Left") throw either.left;
  return either.right;
};

/** The model that `map` describes, with the initial values of every engine, and its loss of a batch. */
export const learnable =
  <P, B>(
    map: WeightMap,
    batch: B,
    loss: Record<"loss" | "step", (params: P, batch: B) => Tensor>,
  ): Learnable =>
  async (part) => {
    const params = must(await loadParams<P>(map, hashedWeights(map)));
    const optimizer = adamw({ learningRate: 1e-3, weightDecay: 0.01 });
    const recipe = pretrain({ loss: loss[part], optimizer });
    let state = recipe.init(params);
    const once = (): Tensor => {
      if (part === "loss") return recipe.evaluate(params, batch);
      const [next, metrics] = recipe.step(state, batch);
      state = next;
      metrics.gradNorm.dispose();
      return metrics.loss;
    };
    return {
      run: async (count) => {
        let last: number | boolean = Number.NaN;
        for (let i = 0; i < count; i++) {
          const value = once();
          last = await value.item();
          value.dispose();
        }
        return { loss: Number(last) };
      },
    };
  };

/** The same loss for training and without. */
export const both = <F>(loss: F): Record<"loss" | "step", F> => ({ loss, step: loss });
