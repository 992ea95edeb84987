import { createOnnxBackend } from "@adjoint/backend-onnx";
import { grad, jit, ones, referenceBackend, setBackend, type Tensor } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { key } from "@adjoint/core/random";
import {
  clip,
  clipConfigFromJson,
  clipConfigToJson,
  type ClipParams,
  clipWeights,
  type Either,
  loadParams,
  saveParams,
  vit,
  vitConfig,
  vitConfigFromJson,
  vitConfigToJson,
  type VitParams,
  vitWeights,
} from "@adjoint/models";
import { crossEntropy, linear, type LinearParams } from "@adjoint/nn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint, expectNear } from "./support/checkpoint.ts";

const must = <E, A>(either: Either<E, A>): A => {
  if (either._tag === "Left") throw either.left;
  return either.right;
};

const int = (x: Tensor): Tensor => x.cast("int32");

type VitTree = { readonly encoder: VitParams; readonly classifier: LinearParams };

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend,
  onnx: async () => createOnnxBackend(),
};

const expectGradients = async (
  name: string,
  stored: ReadonlyMap<string, { readonly data: ArrayLike<number> }>,
): Promise<void> => {
  const { expected, gradients } = checkpoint(name);
  expect([...stored.keys()].toSorted()).toEqual(gradients.toSorted());
  for (const own of gradients)
    expectNear(stored.get(own)!.data, await expected(`grad.${own}`).data(), own);
};

describe.each(Object.keys(backends))("on the %s backend", (which) => {
  beforeAll(async () => setBackend(await backends[which]!()));
  afterAll(() => setBackend(referenceBackend));

  it("a Vision Transformer gives the scores, loss and gradients of transformers", async () => {
    const { config: json, source, expected } = checkpoint("vit");
    const config = must(vitConfigFromJson(json));
    const map = vitWeights(config, 3);
    const params = must(await loadParams<VitTree>(map, source));
    const scores = ({ encoder, classifier }: VitTree): Tensor =>
      linear.apply(classifier, vit.pool(vit.apply(encoder, expected("images"), config)));
    expectNear(await jit(scores)(params).data(), await expected("logits").data(), "logits");
    const loss = (p: VitTree): Tensor => crossEntropy(scores(p), int(expected("labels")));
    expectNear(await loss(params).data(), await expected("loss").data(), "loss");
    await expectGradients("vit", await saveParams(map, jit(grad(loss))(params)));
  });

  it("CLIP gives the vectors, similarities, loss and gradients of transformers", async () => {
    const { config: json, source, expected } = checkpoint("clip");
    const config = must(clipConfigFromJson(json));
    const map = clipWeights(config);
    const params = must(await loadParams<ClipParams>(map, source));
    const [ids, images] = [int(expected("ids")), expected("images")];
    const texts = await clip.text(params, ids, config).data();
    expectNear(texts, await expected("texts").data(), "texts");
    const pictures = await clip.image(params, images, config).data();
    expectNear(pictures, await expected("pictures").data(), "images");
    const scores = await jit((p: ClipParams) => clip.apply(p, ids, images, config))(params).data();
    expectNear(scores, await expected("logits").data(), "logits");
    const loss = (p: ClipParams): Tensor => clip.loss(p, ids, images, config);
    expectNear(await loss(params).data(), await expected("loss").data(), "loss");
    await expectGradients("clip", await saveParams(map, jit(grad(loss))(params)));
  });
});

describe("a checkpoint", () => {
  it("of a Vision Transformer is saved as it was loaded, with its config.json", async () => {
    const { config: json, source, arrays } = checkpoint("vit");
    const config = must(vitConfigFromJson(json));
    const map = vitWeights(config, 3);
    const stored = await saveParams(map, must(await loadParams(map, source)));
    for (const [name, array] of stored) expect(array, name).toEqual(arrays.get(name));
    expect(vitConfigFromJson(vitConfigToJson(config))).toEqual({ _tag: "Right", right: config });
    const wrong = vitConfigFromJson({ ...json, patch_size: 3 });
    expect(wrong._tag === "Left" && wrong.left.problems).toEqual([
      "patch_size: must divide image_size",
    ]);
  });

  it("of CLIP is saved as it was loaded, with its config.json", async () => {
    const { config: json, source, arrays } = checkpoint("clip");
    const config = must(clipConfigFromJson(json));
    const map = clipWeights(config);
    const stored = await saveParams(map, must(await loadParams(map, source)));
    for (const [name, array] of stored) expect(array, name).toEqual(arrays.get(name));
    expect(clipConfigFromJson(clipConfigToJson(config))).toEqual({ _tag: "Right", right: config });
    const wrong = clipConfigFromJson({ ...json, text_config: { vocab_size: 0 } });
    expect(
      wrong._tag === "Left" && wrong.left.problems.every((p) => p.startsWith("text_config.")),
    ).toBe(true);
  });
});

describe("a Vision Transformer", () => {
  const config = vitConfig({
    imageSize: 8,
    patchSize: 4,
    nEmbd: 8,
    nLayer: 1,
    nHead: 2,
    dropout: 0.5,
  });
  const params = vit.init(key(0), config);

  it("refuses images of another size", () => {
    expect(() => vit.apply(params, ones([1, 3, 8, 9]), config)).toThrow(
      /takes images \(B, 3, 8, 8\), got \[1,3,8,9\]; resize them/,
    );
  });

  it("drops with a key only", async () => {
    const of = (k?: ReturnType<typeof key>): Promise<unknown> =>
      vit.apply(params, ones([1, 3, 8, 8]), config, k).toArray();
    expect(await of(key(1))).toEqual(await of(key(1)));
    expect(await of(key(1))).not.toEqual(await of());
  });
});
