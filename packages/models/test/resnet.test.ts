import { createOnnxBackend } from "@adjoint/backend-onnx";
import { referenceBackend, setBackend } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { resnetConfigFromJson, resnetConfigToJson, saveParams } from "@adjoint/models";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint } from "./support/checkpoint.ts";
import { expectResnetScores, expectResnetTraining, loadResnet } from "./support/image-cases.ts";

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend,
  onnx: async () => createOnnxBackend(),
};

const names = ["resnet-basic", "resnet-bottleneck"];

describe.each(Object.keys(backends))("on the %s backend", (which) => {
  beforeAll(async () => setBackend(await backends[which]!()));
  afterAll(() => setBackend(referenceBackend));

  it.each(names)("%s gives the scores of transformers with running statistics", expectResnetScores);

  it.each(names)(
    "%s trains as in PyTorch: loss, every gradient, the next statistics",
    expectResnetTraining,
  );
});

it.each(names)(
  "a checkpoint of %s is saved as it was loaded, with its config.json",
  async (name) => {
    const { config, map, whole } = await loadResnet(name);
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
