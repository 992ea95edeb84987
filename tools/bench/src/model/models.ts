/** The models that are measured, each by the name that its kind of work goes by. */
export const modelNames = [
  "gpt2",
  "llama",
  "qwen3",
  "mistral",
  "mixtral",
  "deepseek",
  "bert",
  "t5",
  "transformer",
  "vit",
  "clip",
  "resnet",
] as const;

export type ModelName = (typeof modelNames)[number];

/** Few and narrow layers, where calls weigh; and wide ones, where arithmetic does. */
export const modelSizes = ["small", "mid"] as const;

export type ModelSize = (typeof modelSizes)[number];

/** A model and its batch; `config` is the config.json that both engines read. */
export interface ModelCase {
  readonly model: ModelName;
  readonly size: ModelSize;
  readonly batch: number;
  /** Tokens of a text (of both texts, for two); the places of an image are in the configuration. */
  readonly length: number;
  /** Side of the square images. */
  readonly image: number;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Scores of images. */
export const imageClasses = 10;

interface Sizes {
  readonly batch: number;
  readonly length: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly vocab: number;
  readonly image: number;
  readonly patch: number;
}

const sizesOf: Readonly<Record<ModelSize, Sizes>> = {
  small: {
    ...{ batch: 8, length: 64, width: 128, layers: 4, heads: 4, vocab: 1000 },
    ...{ image: 32, patch: 4 },
  },
  mid: {
    ...{ batch: 2, length: 256, width: 384, layers: 6, heads: 6, vocab: 4000 },
    ...{ image: 96, patch: 8 },
  },
};

const llama = ({ width, layers, heads, vocab, length }: Sizes) => ({
  vocab_size: vocab,
  hidden_size: width,
  intermediate_size: (8 * width) / 3 - (((8 * width) / 3) % 32),
  num_hidden_layers: layers,
  num_attention_heads: heads,
  num_key_value_heads: heads / 2,
  head_dim: width / heads,
  max_position_embeddings: length,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: false,
  rope_theta: 10_000,
});

const experts = (sizes: Sizes) => ({ ...llama(sizes), num_experts_per_tok: 2 });

const encoder = ({ width, layers, heads }: Sizes) => ({
  hidden_size: width,
  intermediate_size: 4 * width,
  num_hidden_layers: layers,
  num_attention_heads: heads,
});

const pixels = ({ image, patch }: Sizes) => ({ image_size: image, patch_size: patch });

const configs: Readonly<Record<ModelName, (sizes: Sizes) => ModelCase["config"]>> = {
  gpt2: ({ width, layers, heads, vocab, length }) => ({
    vocab_size: vocab,
    n_positions: length,
    n_embd: width,
    n_layer: layers,
    n_head: heads,
    ...{ resid_pdrop: 0, embd_pdrop: 0, attn_pdrop: 0 },
  }),
  llama,
  qwen3: llama,
  mistral: (sizes) => ({ ...llama(sizes), sliding_window: sizes.length / 2 }),
  mixtral: (sizes) => ({ ...experts(sizes), sliding_window: null, num_local_experts: 4 }),
  deepseek: (sizes) => ({
    ...experts(sizes),
    num_key_value_heads: sizes.heads,
    moe_intermediate_size: sizes.width / 2,
    ...{ n_routed_experts: 8, n_shared_experts: 1, n_group: 2, topk_group: 1 },
    ...{ first_k_dense_replace: 1, norm_topk_prob: true, routed_scaling_factor: 2.5 },
    q_lora_rank: sizes.width / 2,
    kv_lora_rank: sizes.width / 4,
    ...{ qk_nope_head_dim: 32, qk_rope_head_dim: 32, head_dim: 32, v_head_dim: 32 },
  }),
  bert: (sizes) => ({
    ...encoder(sizes),
    vocab_size: sizes.vocab,
    max_position_embeddings: sizes.length,
    ...{ hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 },
  }),
  t5: ({ width, layers, heads, vocab }) => ({
    vocab_size: vocab,
    d_model: width,
    d_kv: width / heads,
    d_ff: 4 * width,
    num_layers: layers / 2,
    num_decoder_layers: layers / 2,
    num_heads: heads,
    dropout_rate: 0,
  }),
  transformer: ({ width, layers, heads, vocab }) => ({ width, layers: layers / 2, heads, vocab }),
  vit: (sizes) => ({
    ...encoder(sizes),
    ...pixels(sizes),
    ...{ hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 },
  }),
  clip: (sizes) => ({
    projection_dim: sizes.width,
    text_config: {
      ...{ ...encoder(sizes), num_hidden_layers: sizes.layers / 2 },
      vocab_size: sizes.vocab,
      max_position_embeddings: sizes.length,
      eos_token_id: sizes.vocab - 1,
    },
    vision_config: {
      ...{ ...encoder(sizes), num_hidden_layers: sizes.layers / 2 },
      ...pixels(sizes),
    },
  }),
  // the beginning alone makes an image four times smaller each way
  resnet: ({ width }) => ({
    num_channels: 3,
    embedding_size: width / 4,
    hidden_sizes: [width / 4, width / 2, width],
    depths: width > 128 ? [2, 2, 2] : [1, 1, 1],
    layer_type: "basic",
  }),
};

/** The work of a model at a size. */
export const modelCase = (model: ModelName, size: ModelSize): ModelCase => {
  const sizes = sizesOf[size];
  const { batch, length, image } = sizes;
  return { model, size, batch, length, image, config: configs[model](sizes) };
};
