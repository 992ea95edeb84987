import { concatenate, jit, type Tensor, valueAndGrad, zeros } from "@adjoint/core";
import {
  clip,
  clipConfigFromJson,
  type ClipParams,
  clipWeights,
  llava,
  loadParams,
  resnet,
  type ResnetConfig,
  resnetConfigFromJson,
  type ResnetParams,
  type ResnetState,
  resnetWeights,
  saveParams,
  vit,
  vitConfigFromJson,
  type VitParams,
  vitWeights,
  vlm,
  type VlmParams,
  type WeightMap,
} from "@adjoint/models";
import { crossEntropy, linear, type LinearParams } from "@adjoint/nn";
import { expect } from "vitest";
import { checkpoint, expectNear } from "./checkpoint.ts";
import { expectCase, must } from "./expect-case.ts";

const int = (x: Tensor): Tensor => x.cast("int32");

type VitTree = { readonly encoder: VitParams; readonly classifier: LinearParams };

/** Scores, loss and gradients of a Vision Transformer. */
export const expectVit = async (): Promise<void> => {
  const { config: json, source, expected } = checkpoint("vit");
  const config = must(vitConfigFromJson(json));
  const map = vitWeights(config, 3);
  const params = must(await loadParams<VitTree>(map, source));
  const results = ({ encoder, classifier }: VitTree) => {
    const vectors = vit.pool(vit.apply(encoder, expected("images"), config));
    const logits = linear.apply(classifier, vectors);
    return [crossEntropy(logits, int(expected("labels"))), { logits }] as const;
  };
  return expectCase("vit", { params, map, results });
};

/** Vectors, similarities, loss and gradients of CLIP. */
export const expectClip = async (): Promise<void> => {
  const { config: json, source, expected } = checkpoint("clip");
  const config = must(clipConfigFromJson(json));
  const map = clipWeights(config);
  const params = must(await loadParams<ClipParams>(map, source));
  const [ids, images] = [int(expected("ids")), expected("images")];
  const results = (p: ClipParams) =>
    [
      clip.loss(p, ids, images, config),
      {
        texts: clip.text(p, ids, config),
        pictures: clip.image(p, images, config),
        logits: clip.apply(p, ids, images, config),
      },
    ] as const;
  return expectCase("clip", { params, map, results });
};

/** Scores, loss and gradients of a model that sees. */
export const expectVlm = async (name: string): Promise<void> => {
  const { config: json, source, expected } = checkpoint(name);
  const config = must(llava.configFromJson(json));
  const map = llava.weights(config);
  const params = must(await loadParams<VlmParams>(map, llava.source(source)));
  const [ids, images] = [int(expected("ids")), expected("images")];
  const [rows = 0, length = 0] = ids.shape;
  // images and the end have no target
  const end = zeros([rows, 1], { dtype: "int32" }).add(config.imageToken);
  const targets = concatenate([ids.slice([0, 1], [rows, length]), end], 1);
  const options = { ignoreIndex: config.imageToken };
  const results = (p: VlmParams) =>
    [
      vlm.loss(p, ids, targets, images, config, options),
      { logits: vlm.apply(p, ids, images, config) },
    ] as const;
  return expectCase(name, { params, map, results });
};

type Learned = { readonly params: ResnetParams; readonly classifier: LinearParams };
type Whole = Learned & { readonly state: ResnetState };

/** A ResNet of the fixtures. */
export const loadResnet = async (
  name: string,
): Promise<{ readonly config: ResnetConfig; readonly map: WeightMap; readonly whole: Whole }> => {
  const { config: json, source } = checkpoint(name);
  const config = must(resnetConfigFromJson(json));
  const map = resnetWeights(config, 3);
  return { config, map, whole: must(await loadParams<Whole>(map, source)) };
};

/** Scores with running statistics. */
export const expectResnetScores = async (name: string): Promise<void> => {
  const { expected } = checkpoint(name);
  const { config, whole } = await loadResnet(name);
  const scores = jit(({ params, state, classifier }: Whole): Tensor => {
    const [vectors] = resnet.apply(params, state, expected("images"), config);
    return linear.apply(classifier, vectors);
  });
  expectNear(await scores(whole).data(), await expected("logits").data(), "logits");
};

/** Loss, every gradient and the next statistics of a step of training. */
export const expectResnetTraining = async (name: string): Promise<void> => {
  const { expected, gradients } = checkpoint(name);
  const { config, map, whole } = await loadResnet(name);
  const { state, ...learned } = whole;
  const loss = ({ params, classifier }: Learned): readonly [Tensor, ResnetState] => {
    const images = expected("images");
    const [vectors, next] = resnet.apply(params, state, images, config, { train: true });
    const logits = linear.apply(classifier, vectors);
    return [crossEntropy(logits, int(expected("labels"))), next];
  };
  const [[value, next], slopes] = jit(valueAndGrad(loss, { hasAux: true }))(learned);
  expectNear(await value.data(), await expected("loss").data(), "loss");
  const stored = await saveParams(map, { ...slopes, state: next });
  for (const key of gradients)
    expectNear(stored.get(key)!.data, await expected(`grad.${key}`).data(), key);
  const moved = [...stored.keys()].filter((key) => key.includes("running_"));
  expect(moved.length + gradients.length).toBe(stored.size);
  for (const key of moved)
    expectNear(stored.get(key)!.data, await expected(`next.${key}`).data(), key);
};
