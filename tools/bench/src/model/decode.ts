/** Greedy decoding with a cache: `config` is the config.json of a Llama. */
export interface DecodeCase {
  readonly config: Readonly<Record<string, unknown>>;
  readonly prompt: number;
  readonly newTokens: number;
}

const llama = (width: number, layers: number, heads: number, vocab: number) => ({
  vocab_size: vocab,
  hidden_size: width,
  intermediate_size: Math.ceil((8 * width) / 3 / 64) * 64,
  num_hidden_layers: layers,
  num_attention_heads: heads,
  num_key_value_heads: heads / 2,
  head_dim: 64,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: false,
});

/** Layers and width: 26, 26 and 97 million parameters, of which a token reads all but the embedding, 90, 88 and 350 MB. */
const decodeConfigs = {
  "12x384": llama(384, 12, 6, 8192),
  "6x512": llama(512, 6, 8, 8192),
  "12x768": llama(768, 12, 12, 12_288),
} as const;

/** The work of a configuration's name. */
export const decodeCase = (name: string): DecodeCase => {
  const found = Object.entries(decodeConfigs).find(([known]) => known === name);
  if (found === undefined)
    throw new Error(
      `--config: no configuration ${name}; there are ${Object.keys(decodeConfigs).join(", ")}`,
    );
  return { config: found[1], prompt: 64, newTokens: 128 };
};
