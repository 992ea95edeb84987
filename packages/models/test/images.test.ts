import { createOnnxBackend } from "@adjoint/backend-onnx";
import { ones, referenceBackend, setBackend } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { key } from "@adjoint/core/random";
import {
  clipConfigFromJson,
  clipConfigToJson,
  clipWeights,
  loadParams,
  saveParams,
  vit,
  vitConfig,
  vitConfigFromJson,
  vitConfigToJson,
  vitWeights,
} from "@adjoint/models";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint } from "./support/checkpoint.ts";
import { must } from "./support/expect-case.ts";
import { expectClip, expectVit } from "./support/image-cases.ts";

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend,
  onnx: async () => createOnnxBackend(),
};

describe.each(Object.keys(backends))("on the %s backend", (which) => {
  beforeAll(async () => setBackend(await backends[which]!()));
  afterAll(() => setBackend(referenceBackend));

  it("a Vision Transformer gives the scores, loss and gradients of transformers", expectVit);

  it("CLIP gives the vectors, similarities, loss and gradients of transformers", expectClip);
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
