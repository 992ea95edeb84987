import { createOnnxBackend } from "@adjoint/backend-onnx";
import { jit, referenceBackend, setBackend, type Tensor, valueAndGrad } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import {
  type Either,
  loadParams,
  resnet,
  resnetConfigFromJson,
  resnetConfigToJson,
  type ResnetParams,
  type ResnetState,
  resnetWeights,
  saveParams,
} from "@adjoint/models";
import { crossEntropy, linear, type LinearParams } from "@adjoint/nn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint, expectNear } from "./support/checkpoint.ts";

const must = <E, A>(either: Either<E, A>): A => {
  if (either._tag === "Left") throw either.left;
  return either.right;
};

type Learned = { readonly params: ResnetParams; readonly classifier: LinearParams };
type Whole = Learned & { readonly state: ResnetState };

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend,
  onnx: async () => createOnnxBackend(),
};

const names = ["resnet-basic", "resnet-bottleneck"];

const load = async (name: string) => {
  const { config: json, source } = checkpoint(name);
  const config = must(resnetConfigFromJson(json));
  const map = resnetWeights(config, 3);
  return { config, map, whole: must(await loadParams<Whole>(map, source)) };
};

describe.each(Object.keys(backends))("on the %s backend", (which) => {
  beforeAll(async () => setBackend(await backends[which]!()));
  afterAll(() => setBackend(referenceBackend));

  it.each(names)("%s gives the scores of transformers with running statistics", async (name) => {
    const { expected } = checkpoint(name);
    const { config, whole } = await load(name);
    const scores = jit(({ params, state, classifier }: Whole): Tensor => {
      const [vectors] = resnet.apply(params, state, expected("images"), config);
      return linear.apply(classifier, vectors);
    });
    expectNear(await scores(whole).data(), await expected("logits").data(), "logits");
  });

  it.each(names)(
    "%s trains as in PyTorch: loss, every gradient, the next statistics",
    async (name) => {
      const { expected, gradients } = checkpoint(name);
      const { config, map, whole } = await load(name);
      const { state, ...learned } = whole;
      const loss = ({ params, classifier }: Learned): Tensor => {
        const [vectors] = resnet.apply(params, state, expected("images"), config, { train: true });
        return crossEntropy(linear.apply(classifier, vectors), expected("labels").cast("int32"));
      };
      const [value, slopes] = jit(valueAndGrad(loss))(learned);
      expectNear(await value.data(), await expected("loss").data(), "loss");
      const [, next] = resnet.apply(learned.params, state, expected("images"), config, {
        train: true,
      });
      const stored = await saveParams(map, { ...slopes, state: next });
      for (const key of gradients)
        expectNear(stored.get(key)!.data, await expected(`grad.${key}`).data(), key);
      const moved = [...stored.keys()].filter((key) => key.includes("running_"));
      expect(moved.length + gradients.length).toBe(stored.size);
      for (const key of moved)
        expectNear(stored.get(key)!.data, await expected(`next.${key}`).data(), key);
    },
  );
});

it.each(names)(
  "a checkpoint of %s is saved as it was loaded, with its config.json",
  async (name) => {
    const { config, map, whole } = await load(name);
    for (const [key, array] of await saveParams(map, whole))
      expect(array, key).toEqual(checkpoint(name).arrays.get(key));
    expect(resnetConfigFromJson(resnetConfigToJson(config))).toEqual({
      _tag: "Right",
      right: config,
    });
    const wrong = resnetConfigFromJson({ ...checkpoint(name).config, depths: [1] });
    expect(wrong._tag === "Left" && wrong.left.problems).toEqual([
      "depths: must have one entry for each of hidden_sizes",
    ]);
  },
);
