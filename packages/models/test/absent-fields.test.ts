import { type DecoderFamily, llama, mistral, mixtral, qwen3 } from "@adjoint/models";
import { expect, it } from "vitest";

const sizes = {
  vocab_size: 32,
  hidden_size: 64,
  intermediate_size: 64,
  num_hidden_layers: 1,
  num_attention_heads: 32,
  max_position_embeddings: 16,
  rms_norm_eps: 1e-6,
  num_local_experts: 8,
  num_experts_per_tok: 2,
};

/** What transformers 5.18 has where a config.json says nothing: `MistralConfig()` and so on. */
const defaults: Readonly<Record<string, readonly [DecoderFamily, object]>> = {
  llama: [llama, { nKvHead: 32, base: 10_000, window: undefined }],
  mistral: [mistral, { nKvHead: 8, base: 10_000, window: 4096 }],
  mixtral: [mixtral, { nKvHead: 8, base: 1_000_000, window: undefined }],
  qwen3: [qwen3, { nKvHead: 32, base: 10_000, window: undefined }],
};

it.each(Object.entries(defaults))("%s fills in what a file leaves out", (_, [family, want]) => {
  const config = family.configFromJson(sizes);
  if (config._tag === "Left") throw config.left;
  const { nKvHead, positions, windows } = config.right;
  const base = positions.kind === "rope" ? positions.base : undefined;
  expect({ nKvHead, base, window: windows[0] }).toEqual(want);
});

it("null is not absent: Mistral without a window, with as many heads everywhere", () => {
  const config = mistral.configFromJson({
    ...sizes,
    sliding_window: null,
    num_key_value_heads: null,
  });
  if (config._tag === "Left") throw config.left;
  expect(config.right.windows).toEqual([undefined]);
  expect(config.right.nKvHead).toBe(32);
});

it("Qwen3 has a window of 4096 where one is used without its size", () => {
  const config = qwen3.configFromJson({ ...sizes, use_sliding_window: true, max_window_layers: 0 });
  if (config._tag === "Left") throw config.left;
  expect(config.right.windows).toEqual([4096]);
});
