import type { Tensor } from "@adjoint/core";
import { splitTuple } from "@adjoint/core/random";
import { resnet, type ResnetConfig, type ResnetParams, type ResnetState } from "@adjoint/models";
import { crossEntropy, linear, type LinearParams, parameterCount } from "@adjoint/nn";
import { type LossContext, pretrain, type StatefulTrainState } from "@adjoint/recipes";
import type { Batch } from "./batches.ts";
import type { Classifier } from "./classifier.ts";

type Params = { readonly body: ResnetParams; readonly head: LinearParams };

/** What the optimizer changes, and the running statistics of the norms, which a training step changes too. */
export type ResnetModel = { readonly params: Params; readonly state: ResnetState };

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
): Classifier<ResnetModel, StatefulTrainState<Params, ResnetState>> => {
  const predict = (
    { params, state }: ResnetModel,
    images: Tensor,
    train: boolean,
  ): readonly [Tensor, ResnetState] => {
    const squares = squaresToChannels(images);
    const [vectors, next] = resnet.apply(params.body, state, squares, config, { train });
    return [linear.apply(params.head, vectors), next];
  };
  const loss = (
    params: Params,
    { images, labels }: Batch,
    { state, train }: LossContext<ResnetState>,
  ): { readonly loss: Tensor; readonly state: ResnetState } => {
    const [scores, next] = predict({ params, state }, images, train);
    return { loss: crossEntropy(scores, labels), state: next };
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
    predict: (model, images) => predict(model, images, false)[0],
    learner: (optimizer) => {
      const { init, step } = pretrain({ loss, optimizer });
      return {
        init: ({ params, state }) => init(params, state),
        step,
        modelOf: ({ params, modelState }) => ({ params, state: modelState }),
      };
    },
  };
};
