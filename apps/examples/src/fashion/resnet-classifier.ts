import { jit, tensor, type Tensor, valueAndGrad } from "@adjoint/core";
import { splitTuple } from "@adjoint/core/random";
import { resnet, type ResnetConfig, type ResnetParams, type ResnetState } from "@adjoint/models";
import { crossEntropy, linear, type LinearParams, parameterCount } from "@adjoint/nn";
import { applyUpdates, globalNorm, type GradientTransformation } from "@adjoint/optim";
import type { Metrics, TrainRecipe, TrainState } from "@adjoint/recipes";
import type { Batch } from "./batches.ts";
import type { Classifier } from "./classifier.ts";

type Params = { readonly body: ResnetParams; readonly head: LinearParams };

/** What the optimizer changes, and the running statistics of the norms, which a training step changes too. */
export type ResnetModel = { readonly params: Params; readonly state: ResnetState };

type Losses = readonly [loss: Tensor, next: ResnetState];

/** As `pretrain`, for a loss that gives the next state beside its value. */
const recipeOf = (
  losses: (params: Params, state: ResnetState, batch: Batch) => Losses,
  optimizer: GradientTransformation,
): TrainRecipe<ResnetModel, Batch> => {
  const step = jit(
    (
      { params: model, optState, step: done }: TrainState<ResnetModel>,
      batch: Batch,
    ): readonly [TrainState<ResnetModel>, Metrics] => {
      const gradients = valueAndGrad(losses, { hasAux: true });
      const [[loss, state], grads] = gradients(model.params, model.state, batch);
      const [updates, next] = optimizer.update(grads, optState, model.params);
      const params = applyUpdates(model.params, updates);
      const metrics = { loss, gradNorm: globalNorm(grads) };
      return [{ params: { params, state }, optState: next, step: done.add(1) }, metrics];
    },
    { donateArgnums: [0], name: "trainStep" },
  );
  return {
    init: (params) => ({
      params,
      optState: optimizer.init(params.params),
      step: tensor(0, { dtype: "int32" }),
    }),
    step,
    evaluate: jit(
      ({ params, state }: ResnetModel, batch: Batch) => losses(params, state, batch)[0],
    ),
  };
};

/**
 * Squares of 2 x 2 pixels become channels, so that a network at half the height and width sees all of them:
 * (B, 1, H, W) gives (B, 4, H / 2, W / 2).
 */
export const squaresToChannels = (images: Tensor): Tensor => {
  const [batch = 0, , height = 0, width = 0] = images.shape;
  return images
    .reshape([batch, height / 2, 2, width / 2, 2])
    .transpose([0, 2, 4, 1, 3])
    .reshape([batch, 4, height / 2, width / 2]);
};

/** A ResNet on squares of pixels, with a linear head. */
export const resnetClassifier = (
  config: ResnetConfig,
  classes: number,
): Classifier<ResnetModel> => {
  const losses = (
    { body, head }: Params,
    state: ResnetState,
    { images, labels }: Batch,
  ): Losses => {
    const [vectors, next] = resnet.apply(body, state, squaresToChannels(images), config, {
      train: true,
    });
    return [crossEntropy(linear.apply(head, vectors), labels), next];
  };
  return {
    init: (key) => {
      const [forBody, forHead] = splitTuple(key, 2);
      const head = resnet.initHead(forHead, config, classes);
      return {
        params: { body: resnet.init(forBody, config), head },
        state: resnet.initState(config),
      };
    },
    size: ({ params }) => parameterCount(params),
    predict: ({ params, state }, images) => {
      const [vectors] = resnet.apply(params.body, state, squaresToChannels(images), config);
      return linear.apply(params.head, vectors);
    },
    recipe: (optimizer) => recipeOf(losses, optimizer),
  };
};
