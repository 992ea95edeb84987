import { createOnnxBackend } from "@adjoint/backend-onnx";
import {
  argmax,
  ArgumentError,
  cumsum,
  debugNans,
  jit,
  maximum,
  NanError,
  ones,
  referenceBackend,
  setBackend,
  ShapeError,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@adjoint/core";
import type { Backend, HostArray } from "@adjoint/core/backend";
import { key } from "@adjoint/core/random";
import {
  decoder,
  type DecoderCache,
  decoderConfig,
  type Either,
  llava,
  loadParams,
  saveParams,
  vit,
  vitConfig,
  vlm,
  type VlmConfig,
  vlmConfig,
  type VlmParams,
} from "@adjoint/models";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint, expectNear, sourceOf } from "./support/checkpoint.ts";

const names = ["llava", "llava-frames", "llava-pooled"];

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend,
  onnx: async () => createOnnxBackend(),
};

const must = <E, A>(either: Either<E, A>): A => {
  if (either._tag === "Left") throw either.left;
  return either.right;
};

type Loaded = { readonly config: VlmConfig; readonly params: VlmParams };

const load = async (name: string): Promise<Loaded> => {
  const { config: json, source } = checkpoint(name);
  const config = must(llava.configFromJson(json));
  const params = must(await loadParams<VlmParams>(llava.weights(config), llava.source(source)));
  return { config, params };
};

const int = (x: Tensor): Tensor => x.cast("int32");

const lastGreedy = async (logits: Tensor): Promise<readonly number[]> => {
  const [rows = 0, length = 0, width = 0] = logits.shape;
  const last = logits.slice([0, length - 1, 0], [rows, length, width]);
  return Array.from(await argmax(last.squeeze(1), -1).data());
};

/** Continues ids (B, T) with images: the prompt at once, then token by token from the cache. */
const continued = async (
  { config, params }: Loaded,
  ids: Tensor,
  images: Tensor,
  count: number,
): Promise<readonly (readonly number[])[]> => {
  const [batch = 1, length = 0] = ids.shape;
  const valid = ids.notEqual(0);
  const counts = Array.from(await valid.cast("int32").sum(-1).data());
  const positionIds = maximum(cumsum(valid.cast("int32"), -1).sub(1), 0);
  const start = jit((p: VlmParams, cache: DecoderCache) =>
    vlm.applyCached(p, cache, ids, images, config, { valid, positionIds }),
  );
  const next = jit((p: VlmParams, cache: DecoderCache, x: Tensor, places: Tensor) =>
    vlm.applyCached(p, cache, x, undefined, config, { positionIds: places }),
  );
  let [logits, cache] = start(
    params,
    vlm.cache(config, { lead: [batch], capacity: length + count }),
  );
  const rows: number[][] = Array.from({ length: batch }, () => []);
  for (let step = 0; step < count; step++) {
    const tokens = await lastGreedy(logits);
    tokens.forEach((token, row) => rows[row]!.push(token));
    const column = (numbers: readonly number[]): Tensor =>
      tensor(
        numbers.map((n) => [n]),
        { dtype: "int32" },
      );
    [logits, cache] = next(params, cache, column(tokens), column(counts.map((n) => n + step)));
  }
  return rows;
};

const shifted = (ids: Tensor): readonly [Tensor, Tensor] => {
  const [rows = 0, length = 0] = ids.shape;
  return [ids.slice([0, 0], [rows, length - 1]), ids.slice([0, 1], [rows, length])];
};

/** The loss of transformers: of the next words, not of image tokens. */
const wordLoss = (p: VlmParams, ids: Tensor, images: Tensor, config: VlmConfig): Tensor => {
  const [before, after] = shifted(ids);
  return vlm.loss(p, before, after, images, config, { ignoreIndex: config.imageToken });
};

describe.each(Object.keys(backends))("on the %s backend", (which) => {
  beforeAll(async () => setBackend(await backends[which]!()));
  afterAll(() => setBackend(referenceBackend));

  it("takes frames of a video for images in the order of time", async () => {
    const { expected } = checkpoint("llava-frames");
    const { config, params } = await load("llava-frames");
    const images = expected("images");
    const frames = images.reshape([2, -1, ...images.shape.slice(1)]);
    const logits = vlm.apply(params, int(expected("ids")), frames, config);
    expectNear(await logits.data(), await expected("logits").data(), "logits");
  });

  describe.each(names)("%s", (name) => {
    it("sees, scores, loses and learns as transformers does", async () => {
      const { expected, gradients } = checkpoint(name);
      const { config, params } = await load(name);
      const [ids, images] = [int(expected("ids")), expected("images")];
      await vlm.check(ids, images, config);
      const run = (p: VlmParams, x: Tensor, y: Tensor) =>
        [
          wordLoss(p, x, y, config),
          { vectors: vlm.see(p, y, config), logits: vlm.apply(p, x, y, config) },
        ] as const;
      const [[loss, others], slopes] = jit(valueAndGrad(run, { hasAux: true }))(
        params,
        ids,
        images,
      );
      expect(others.vectors.shape[1]).toBe(vlm.vectorsPerImage(config));
      for (const [own, value] of Object.entries({ ...others, loss }))
        expectNear(await value.data(), await expected(own).data(), own);
      const map = llava.weights(config);
      const stored = await saveParams(map, slopes);
      const wanted = gradients.filter((own) => !map.ignored.test(own));
      expect([...stored.keys()].toSorted()).toEqual(wanted.toSorted());
      for (const own of wanted)
        expectNear(stored.get(own)!.data, await expected(`grad.${own}`).data(), own);
    });

    it("continues as generate does, from a cache and without one", async () => {
      const { expected } = checkpoint(name);
      const loaded = await load(name);
      const { config, params } = loaded;
      const [prompt, all] = [int(expected("prompt")), int(expected("generated"))];
      const [rows = 0, length = 0] = prompt.shape;
      const images = expected("images");
      const own = images.slice([0, 0, 0, 0], [images.shape[0]! / 2, ...images.shape.slice(1)]);
      const want = Array.from(await all.slice([0, length], [rows, all.shape[1]!]).data());
      expect(await continued(loaded, prompt, own, want.length)).toEqual([want]);
      const before = all.slice([0, 0], [rows, all.shape[1]! - 1]);
      const logits = vlm.apply(params, before, own, config);
      const whole = Array.from(await argmax(logits, -1).flatten().data());
      expect(whole.slice(length - 1)).toEqual(want);
    });

    it("continues rows that are padded on the left", async () => {
      const { expected } = checkpoint(name);
      const loaded = await load(name);
      const [padded, all] = [int(expected("padded")), int(expected("paddedGenerated"))];
      const [rows = 0, length = 0] = padded.shape;
      const count = all.shape[1]! - length;
      const want = await all.slice([0, length], [rows, length + count]).toArray();
      expect(await continued(loaded, padded, expected("images"), count)).toEqual(want);
    });
  });
});

describe.each(names)("a checkpoint of %s", (name) => {
  it("is saved as it was loaded, with its config.json", async () => {
    const { config: json, arrays } = checkpoint(name);
    const { config, params } = await load(name);
    const map = llava.weights(config);
    const stored = await saveParams(map, params);
    const own = [...arrays.keys()].filter((key) => !map.ignored.test(key));
    expect([...stored.keys()].toSorted()).toEqual(own.toSorted());
    for (const [key, array] of stored) expect(array, key).toEqual(arrays.get(key));
    const written = JSON.parse(JSON.stringify(llava.configToJson(config))) as typeof json;
    expect(must(llava.configFromJson(written))).toEqual(config);
    for (const [field, value] of Object.entries(written))
      if (!field.endsWith("_config")) expect([field, value]).toEqual([field, json[field]]);
  });

  it("is read with the names of older and newer files", async () => {
    const { arrays } = checkpoint(name);
    const { config, params } = await load(name);
    const map = llava.weights(config);
    const older = new Map<string, HostArray>();
    const newer = new Map<string, HostArray>();
    for (const [key, array] of arrays) {
      older.set(key.replace(/^vision_tower\./, "vision_tower.vision_model."), array);
      newer.set(
        key
          .replace(/^language_model\.model\./, "model.language_model.")
          .replace(/^language_model\.lm_head/, "lm_head")
          .replace(/^(vision_tower|multi_modal_projector)\./, "model.$1."),
        array,
      );
    }
    const plain = await saveParams(map, params);
    for (const renamed of [older, newer]) {
      const again = must(await loadParams(map, llava.source(sourceOf(renamed))));
      expect(await saveParams(map, again)).toEqual(plain);
    }
  });
});

const sizes = { nEmbd: 8, nLayer: 1, nHead: 2 };
const vision = vitConfig({ ...sizes, imageSize: 8, patchSize: 4 });
const text = decoderConfig({ ...sizes, vocabSize: 12, contextLength: 16 });
const config = vlmConfig({ vision, text, imageToken: 11 });
const params = vlm.init(key(0), config);
const row = (...ids: readonly number[]): Tensor => tensor([ids], { dtype: "int32" });
const image = ones([1, 3, 8, 8]);

describe("image tokens", () => {
  it("are as many as an image has vectors", () => {
    expect(vlm.prompt([1, 11, 2, 11], 2, config)).toEqual([1, ...Array(4).fill(11), 2, ...Array(4).fill(11)]); // prettier-ignore
    expect(vlm.vectorsPerImage({ ...config, keepClassToken: true })).toBe(5);
    expect(vlm.vectorsPerImage({ ...config, pool: 2 })).toBe(1);
  });

  it("go to images in the order of the batch, whatever each row has", async () => {
    const pictures = tensor(Array.from({ length: 2 * 192 }, (_, i) => Math.sin(i))).reshape([2, 3, 8, 8]); // prettier-ignore
    const both = tensor([[11, 11, 11, 11, 1, 11, 11, 11, 11], Array(9).fill(2)], { dtype: "int32" }); // prettier-ignore
    const together = await vlm.apply(params, both, pictures, config).toArray();
    const alone = row(11, 11, 11, 11, 1, 11, 11, 11, 11);
    expect(together).toEqual([
      ...((await vlm.apply(params, alone, pictures, config).toArray()) as unknown[]),
      ...((await vlm.apply(params, row(...Array<number>(9).fill(2)), undefined, config).toArray()) as unknown[]), // prettier-ignore
    ]);
  });

  it.each([
    ["fewer", row(1, 11, 11, 11, 2)],
    ["more", row(11, 11, 11, 11, 11)],
    ["none", row(1, 2, 3, 4, 5)],
  ])("that are %s than vectors are refused, and never computed with in silence", async (_, ids) => {
    await expect(vlm.check(ids, image, config)).rejects.toThrow(ArgumentError);
    await expect(vlm.check(ids, image, config)).rejects.toThrow(
      /1 images of 4 vectors need 4 image tokens, got \d; write the prompt with vlm\.prompt/,
    );
    const run = jit((x: Tensor) => vlm.apply(params, x, image, config));
    expect((await run(ids).data()).every((score) => Number.isNaN(score))).toBe(true);
    expect(() => debugNans(() => vlm.apply(params, ids, image, config))).toThrow(NanError);
  });

  it("without any images are refused, and spoil their row alone", async () => {
    const ids = tensor([[1, 11, 11, 11, 11], [1, 2, 3, 4, 5]], { dtype: "int32" }); // prettier-ignore
    await expect(vlm.check(ids, undefined, config)).rejects.toThrow(
      /0 images of 4 vectors need 0 image tokens, got 4/,
    );
    await vlm.check(row(1, 2), undefined, config);
    const scores = await vlm.apply(params, ids, undefined, config).data();
    const own = await decoder.apply(params.text, row(1, 2, 3, 4, 5), text).data();
    expect(scores.subarray(0, own.length).every((score) => Number.isNaN(score))).toBe(true);
    expect(scores.subarray(own.length)).toEqual(own);
    const cache = vlm.cache(config, { lead: [1], capacity: 4 });
    const [next] = vlm.applyCached(params, cache, row(11), undefined, config);
    expect((await next.data()).every((score) => Number.isNaN(score))).toBe(true);
  });

  it("must have room among the ids", () => {
    expect(() => vlm.apply(params, row(11, 11, 11), image, config)).toThrow(ShapeError);
  });

  it("stand for one image each in a prompt that fits into the context", () => {
    expect(() => vlm.prompt([1, 2], 1, config)).toThrow(/one image token for each image, got 0 for 1; write the token 11/); // prettier-ignore
    expect(() => vlm.prompt([11, 11, 11, 11, 2], 4, config)).toThrow(/context of 16, got 17; each image takes 4/); // prettier-ignore
  });
});

describe("a vision-language model", () => {
  it("refuses images without an axis for them", () => {
    expect(() => vlm.see(params, ones([3, 8, 8]), config)).toThrow(/images \(M, channels, H, W\) or frames \(B, F, channels, H, W\), got \[3,8,8\]/); // prettier-ignore
  });

  it("drops with a key only, in both halves", async () => {
    const dropping = vlmConfig({
      ...config,
      vision: { ...vision, dropout: 0.5 },
      featureLayers: [-1],
    });
    const ids = row(11, 11, 11, 11, 2);
    const of = (k?: ReturnType<typeof key>): Promise<unknown> =>
      vlm.apply(params, ids, image, dropping, k === undefined ? {} : { key: k }).toArray();
    expect(await of(key(1))).toEqual(await of(key(1)));
    expect(await of(key(1))).not.toEqual(await of(key(2)));
    expect(await of()).toEqual(await of());
  });

  it("looks at blocks that there are", () => {
    expect(() => vit.hiddenAfter(params.vision, image, vision, [2])).toThrow(
      /counts must be whole numbers from 0 to 1, got 2/,
    );
  });

  it("takes a decoder with stacked layers", async () => {
    const ids = row(1, 11, 11, 11, 11, 2);
    const stacked = { ...params, text: decoder.stack(params.text, text) };
    const want = await vlm.apply(params, ids, image, config).data();
    expectNear(await vlm.apply(stacked, ids, image, config).data(), want, "scores");
    const cache = vlm.cache(config, { lead: [1], capacity: 8, stacked: true });
    const [scores] = vlm.applyCached(stacked, cache, ids, image, config);
    expectNear(await scores.data(), want, "scores from the cache");
  });

  it("reads a text without images as its decoder does", async () => {
    const ids = row(1, 2, 3);
    const own = await decoder.apply(params.text, ids, text).toArray();
    expect(await vlm.apply(params, ids, undefined, config).toArray()).toEqual(own);
  });

  it.each([
    [{ imageToken: 12 }, "imageToken must be a token below 12, got 12"],
    [{ featureLayers: [2] }, "featureLayers must be from -2 to 1, got 2"],
    [{ featureLayers: [] }, "featureLayers must name a layer"],
    [{ pool: 3 }, "pool must divide the 2 patches of a row, got 3"],
    [{ pool: 2, keepClassToken: true }, "pool must be 1 where the class token is kept"],
    [
      { vision: { ...vision, classToken: false }, keepClassToken: false },
      "keepClassToken must be true",
    ],
  ])("refuses the parts %o", (change, message) => {
    expect(() => vlmConfig({ vision, text, imageToken: 11, ...change })).toThrow(ArgumentError);
    expect(() => vlmConfig({ vision, text, imageToken: 11, ...change })).toThrow(message);
  });

  it("refuses to write what transformers has no class for", () => {
    expect(() => llava.configToJson(vlmConfig({ ...config, text: { ...text, positions: { kind: "learned" } } }))).toThrow(ArgumentError); // prettier-ignore
    expect(() => llava.weights(vlmConfig({ ...config, vision: { ...vision, patchBias: false } }))).toThrow(/writes the towers of ViT, CLIP and SigLIP/); // prettier-ignore
  });
});

describe("a config.json of LLaVA", () => {
  const json = checkpoint("llava").config as Record<string, Record<string, unknown>>;

  it("may leave out what is Llama's default, as LLaVA 1.5's does", () => {
    const short = { model_type: "llama", max_position_embeddings: 4096, rms_norm_eps: 1e-5, vocab_size: 32064 }; // prettier-ignore
    const { text: got } = must(llava.configFromJson({ ...json, text_config: short }));
    expect([got.nEmbd, got.nLayer, got.mlp.hidden, got.vocabSize]).toEqual([4096, 32, 11008, 32064]); // prettier-ignore
  });

  it("is refused with every field that is wrong", () => {
    const wrong = llava.configFromJson({
      ...json,
      vision_feature_layer: "last",
      projector_hidden_act: "swish",
      text_config: { ...json["text_config"], rms_norm_eps: -1, vocab_size: 0 },
      vision_config: { ...json["vision_config"], hidden_size: "wide" },
    });
    const fields = wrong._tag === "Left" && wrong.left.problems.map((p) => p.split(": ")[0]);
    expect(fields).toEqual([
      "projector_hidden_act",
      "vision_feature_layer",
      "text_config.vocab_size",
      "text_config.rms_norm_eps",
      "vision_config.hidden_size",
    ]);
  });

  it.each([
    [{ text_config: { model_type: "bloom" } }, "text_config.model_type: must be one of llama, mistral, mixtral, qwen3, got bloom"], // prettier-ignore
    [{ vision_config: { model_type: "swin" } }, "vision_config.model_type: must be one of clip_vision_model, siglip_vision_model, vit, got swin"], // prettier-ignore
    [{ text_config: { ...json["text_config"], num_key_value_heads: 3 } }, "text_config.num_key_value_heads: must divide num_attention_heads"], // prettier-ignore
    [{ model_type: "llava_next" }, 'model_type: only "llava" can be loaded'],
    [{ vision_feature_layer: -4 }, "vision_feature_layer: must be from -3 to 2, got -4"],
    [{ image_token_index: 37 }, "image_token_index: must be a token below 37, got 37"],
    [{ vision_config: { ...json["vision_config"], patch_size: 3 } }, "vision_config.patch_size: must divide image_size"], // prettier-ignore
  ])("is refused for %o", (change, message) => {
    const result = llava.configFromJson({ ...json, ...change });
    const first = result._tag === "Left" ? result.left.problems[0]!.split("\n")[0] : "nothing";
    expect(first).toBe(message);
  });

  it("does not fit weights that lack arrays, have others or other shapes", async () => {
    const { config: own, arrays } = checkpoint("llava");
    const map = llava.weights(must(llava.configFromJson(own)));
    const changed = new Map(arrays);
    const [gone, odd] = ["multi_modal_projector.linear_1.bias", "vision_tower.post_layernorm.bias"];
    changed.delete(gone!);
    changed.set(odd!, { shape: [3], dtype: "float32", data: new Float32Array(3) });
    changed.set("more", { shape: [], dtype: "float32", data: new Float32Array(1) });
    const result = await loadParams(map, sourceOf(changed));
    expect(result._tag === "Left" && result.left.problems).toEqual([
      `${gone}: missing`,
      `${odd}: [3], needs [12] for vision.finalNorm.bias`,
      "more: unknown to the model",
    ]);
  });
});
