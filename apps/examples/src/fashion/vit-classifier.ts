import type { Tensor } from "@adjoint/core";
import { splitTuple } from "@adjoint/core/random";
import { vit, type VitConfig, type VitParams } from "@adjoint/models";
import { crossEntropy, linear, type LinearParams, parameterCount } from "@adjoint/nn";
import { pretrain, type TrainState } from "@adjoint/recipes";
import type { Batch } from "./batches.ts";
import type { Classifier } from "./classifier.ts";

/** Parameters of a Vision Transformer and of the head on its class token. */
export type VitModel = { readonly body: VitParams; readonly head: LinearParams };

/** A Vision Transformer with a linear head. */
export const vitClassifier = (
  config: VitConfig,
  classes: number,
): Classifier<VitModel, TrainState<VitModel>> => {
  const predict = ({ body, head }: VitModel, images: Tensor): Tensor =>
    linear.apply(head, vit.pool(vit.apply(body, images, config)));
  const loss = (params: VitModel, { images, labels }: Batch): Tensor =>
    crossEntropy(predict(params, images), labels);
  return {
    init: (key) => {
      const [forBody, forHead] = splitTuple(key, 2);
      return {
        body: vit.init(forBody, config),
        head: vit.initHead(forHead, config, classes),
      };
    },
    size: parameterCount,
    predict,
    learner: (optimizer) => {
      const { init, step } = pretrain({ loss, optimizer });
      return { init, step, modelOf: ({ params }) => params };
    },
  };
};
