import { ArgumentError } from "@adjoint/core";
import type { Either, PretrainedError } from "@adjoint/models";
import {
  bertConfig,
  bertConfigFromJson,
  clipConfigFromJson,
  decoderConfig,
  deepseek,
  gpt2,
  llama,
  llava,
  mistral,
  mixtral,
  qwen3,
  t5,
  transformerConfig,
  vitConfig,
  vitConfigFromJson,
} from "@adjoint/models";
import { expect, it } from "vitest";
import { checkpoint } from "./support/checkpoint.ts";

type Json = Readonly<Record<string, unknown>>;
type Read = (json: unknown) => Either<PretrainedError, unknown>;

const llamaLike = {
  vocab_size: 12,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 2,
  max_position_embeddings: 8,
  rms_norm_eps: 1e-6,
};

const bases: Readonly<Record<string, readonly [Read, Json]>> = {
  llama: [llama.configFromJson, llamaLike],
  mistral: [mistral.configFromJson, llamaLike],
  mixtral: [mixtral.configFromJson, { ...llamaLike, num_local_experts: 2, num_experts_per_tok: 2 }],
  qwen3: [qwen3.configFromJson, llamaLike],
  deepseek: [deepseek.configFromJson, checkpoint("deepseek").config],
  gpt2: [gpt2.configFromJson, checkpoint("gpt2").config],
  bert: [bertConfigFromJson, checkpoint("bert").config],
  clip: [clipConfigFromJson, checkpoint("clip").config],
  vit: [vitConfigFromJson, checkpoint("vit").config],
  t5: [t5.configFromJson, checkpoint("t5").config],
  llava: [llava.configFromJson, { text_config: llamaLike, vision_config: checkpoint("clip").config["vision_config"], image_token_index: 3 }], // prettier-ignore
};

it.each(Object.entries(bases))(
  "%s reads the file that the cases below change",
  (_, [read, json]) => {
    expect(read(json)).toMatchObject({ _tag: "Right" });
  },
);

it.each<readonly [string, Json, readonly string[]]>([
  [
    "llama",
    { num_attention_heads: 3, num_key_value_heads: 3 },
    ["num_attention_heads: must divide hidden_size"],
  ],
  ["llama", { num_key_value_heads: 3 }, ["num_key_value_heads: must divide num_attention_heads"]],
  [
    "llama",
    { head_dim: 3 },
    ["head_dim: must give heads of even size for rotary positions, got 3"],
  ],
  [
    "llama",
    { head_dim: 2, rope_scaling: { rope_type: "dynamic", factor: 2 } },
    ["rope_scaling.rope_type: must not be dynamic for heads of size 2"],
  ],
  [
    "llama",
    { rope_scaling: { rope_type: "linear" } },
    ["rope_scaling.factor: must be there for this rope_type"],
  ],
  [
    "llama",
    { rope_scaling: { type: "yarn" } },
    ["rope_scaling.factor: must be there for this rope_type"],
  ],
  ["llama", { model_type: "mistral" }, ['model_type: only "llama" can be loaded']],
  ["mistral", { model_type: "llama" }, ['model_type: only "mistral" can be loaded']],
  [
    "mixtral",
    { num_experts_per_tok: 5 },
    ["num_experts_per_tok: must be at most num_local_experts"],
  ],
  [
    "qwen3",
    { layer_types: ["full_attention"] },
    ["layer_types: must have one entry for each of 2 layers, got 1"],
  ],
  [
    "deepseek",
    { n_group: 3, topk_group: 4 },
    ["n_group: must divide n_routed_experts", "topk_group: must be at most n_group"],
  ],
  [
    "deepseek",
    { num_experts_per_tok: 99 },
    ["num_experts_per_tok: must be at most the experts of the groups that are kept"],
  ],
  [
    "deepseek",
    { qk_rope_head_dim: 3 },
    ["qk_rope_head_dim: must give heads of even size for rotary positions, got 3"],
  ],
  [
    "deepseek",
    { first_k_dense_replace: 9 },
    ["first_k_dense_replace: must be at most num_hidden_layers"],
  ],
  ["gpt2", { n_head: 3 }, ["n_head: must divide n_embd"]],
  ["bert", { model_type: "roberta" }, ['model_type: only "bert" can be loaded']],
  [
    "clip",
    {
      text_config: {
        ...(checkpoint("clip").config["text_config"] as Json),
        num_attention_heads: 5,
      },
    },
    ["text_config.num_attention_heads: must divide hidden_size"],
  ],
  [
    "vit",
    { num_attention_heads: 3, patch_size: 3 },
    ["num_attention_heads: must divide hidden_size", "patch_size: must divide image_size"],
  ],
  [
    "t5",
    { relative_attention_num_buckets: 1 },
    ["relative_attention_num_buckets: Too small: expected number to be >=4"],
  ],
  [
    "t5",
    { relative_attention_num_buckets: 32, relative_attention_max_distance: 16 },
    ["relative_attention_max_distance: must be above half of relative_attention_num_buckets"],
  ],
  [
    "llava",
    { text_config: { ...llamaLike, num_attention_heads: 3 } },
    [
      "text_config.num_attention_heads: must divide hidden_size",
      "text_config.num_key_value_heads: must divide num_attention_heads",
    ],
  ],
])("%s refuses %o by the names of the file", (name, change, problems) => {
  const [read, json] = bases[name]!;
  const result = read({ ...json, ...change });
  expect(result._tag === "Left" && result.left.problems).toEqual(problems);
});

const sizes = { vocabSize: 12, contextLength: 8, nEmbd: 16, nLayer: 2, nHead: 2 };
const image = { imageSize: 8, patchSize: 4, nEmbd: 16, nLayer: 2, nHead: 2 };
const rope = { kind: "rope", layout: "half", base: 10_000 } as const;
const experts = { nExpert: 2, hidden: 8, topK: 5, selectionBias: false, firstDense: 0 };

it.each<readonly [() => unknown, string]>([
  [
    () => transformerConfig({ ...sizes, vocabSize: 0 }),
    "vocabSize must be a whole number of at least 1, got 0",
  ],
  [
    () => transformerConfig({ ...sizes, nEmbd: 7 }),
    "headDim must be a whole number of at least 1, got 3.5",
  ],
  [
    () => transformerConfig({ ...sizes, nLayer: -1 }),
    "nLayer must be a whole number of at least 1, got -1",
  ],
  [() => transformerConfig({ ...sizes, encoderLayers: 0 }), "encoderLayers must be a whole number"],
  [() => bertConfig({ ...sizes, nHead: 3 }), "headDim must be a whole number"],
  [
    () => bertConfig({ ...sizes, dropout: 1 }),
    "dropout must be a number from 0 to less than 1, got 1",
  ],
  [
    () => bertConfig({ ...sizes, eps: Number.NaN }),
    "norm.eps must be a number of at least 0, got NaN",
  ],
  [() => vitConfig({ ...image, nHead: 3 }), "headDim must be a whole number"],
  [() => vitConfig({ ...image, imageSize: 9 }), "patchSize must divide imageSize, 9, got 4"],
  [() => decoderConfig({ ...sizes, norm: { eps: Number.NaN } }), "norm.eps must be a number"],
  [() => decoderConfig({ ...sizes, logitCap: 0 }), "logitCap must be a number above 0, got 0"],
  [
    () => decoderConfig({ ...sizes, headDim: 3 }),
    "headDim must be even for rotary positions, got 3",
  ],
  [
    () => decoderConfig({ ...sizes, experts }),
    "experts.topK must be at most experts.nExpert, 2, got 5",
  ],
  [
    () =>
      decoderConfig({
        ...sizes,
        headDim: 2,
        positions: { ...rope, scaling: { kind: "dynamic", factor: 2, originalLength: 4 } },
      }),
    'positions.scaling.kind needs more than 2 elements that rotate, got "dynamic"',
  ],
])("the sizes of a new model are checked: %#", (make, message) => {
  expect(make).toThrow(ArgumentError);
  expect(make).toThrow(message);
});
