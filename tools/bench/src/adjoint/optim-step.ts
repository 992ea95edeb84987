// One update of an optimizer in Adjoint: parameters and state are donated, as in training.
import { jit, type Tensor } from "@adjoint/core";
import { foldIn, key, normal } from "@adjoint/core/random";
import {
  adamw,
  applyUpdates,
  type GradientTransformation,
  lion,
  muon,
  type OptState,
} from "@adjoint/optim";
import type { Create, OptimizerName } from "../engine/engine.ts";
import { useBackend } from "./backend.ts";

const optimizers: Readonly<Record<OptimizerName, () => GradientTransformation>> = {
  adamw: () => adamw({ learningRate: 1e-3, weightDecay: 0.1 }),
  lion: () => lion({ learningRate: 1e-4, weightDecay: 0.1 }),
  muon: () => muon({ learningRate: 0.02, weightDecay: 0.1 }),
};

export const create: Create = async (task, variant) => {
  if (task.kind !== "optim-step") throw new Error("optim-step only");
  await useBackend(variant);
  const { count: kernels, width } = task;
  const optimizer = optimizers[task.optimizer]();
  const kernelsOf = (seed: number): readonly Tensor[] =>
    Array.from({ length: kernels }, (_, i) => normal(foldIn(key(seed), i), [width, width]));
  const step = jit(
    (params: readonly Tensor[], state: OptState, grads: readonly Tensor[]) => {
      const [updates, next] = optimizer.update(grads, state, params);
      const after = applyUpdates(params, updates);
      return [after, next, after[0]?.slice([0, 0], [1, 1])] as const;
    },
    { donateArgnums: [0, 1] },
  );
  const grads = kernelsOf(1);
  let params = kernelsOf(0);
  let state = optimizer.init(params);
  const run = async (count: number) => {
    for (let i = 0; i < count; i++) {
      let first: Tensor | undefined;
      [params, state, first] = step(params, state, grads);
      await first?.data(); // the update has ended
      first?.dispose();
    }
    return {};
  };
  await run(1); // compiles
  return { run };
};
