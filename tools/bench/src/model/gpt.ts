import { hashed, hashedTokens } from "./hashed.ts";

/** A nanoGPT-shaped model: pre-LN, no biases, erf GELU, tied head, learned positions, layer norm eps 1e-5. */
export interface GptConfig {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly block: number;
  readonly batch: number;
  readonly vocab: number;
}

/** The optimizer of every training benchmark: AdamW, decay on matrices only, global-norm clip. */
export const adamw = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.99,
  eps: 1e-8,
  weightDecay: 0.1,
  clip: 1,
} as const;

export const configs = {
  small: { layers: 4, width: 128, heads: 4, block: 64, batch: 12, vocab: 65 },
  mid: { layers: 6, width: 384, heads: 6, block: 256, batch: 2, vocab: 65 },
  /** Twelve blocks with next to no arithmetic: what is left is the cost of a call. */
  hollow: { layers: 12, width: 8, heads: 1, block: 8, batch: 1, vocab: 16 },
  deep: { layers: 12, width: 128, heads: 4, block: 64, batch: 12, vocab: 65 },
  tiny: { layers: 2, width: 64, heads: 2, block: 32, batch: 4, vocab: 65 },
  /** GPT-2 with 124 million parameters: for real GPUs. */
  gpt2: { layers: 12, width: 768, heads: 12, block: 512, batch: 1, vocab: 50257 },
} as const satisfies Record<string, GptConfig>;

export type ConfigName = keyof typeof configs;

/** A parameter: shape in PyTorch layout (out, in) and the stream of its initial values. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly stream: number;
}

const shapes = ({ layers, width, block, vocab }: GptConfig): [string, number[]][] => {
  const blocks = Array.from({ length: layers }, (_, i): [string, number[]][] => [
    [`h.${i}.ln_1.weight`, [width]],
    [`h.${i}.attn.c_attn.weight`, [3 * width, width]],
    [`h.${i}.attn.c_proj.weight`, [width, width]],
    [`h.${i}.ln_2.weight`, [width]],
    [`h.${i}.mlp.c_fc.weight`, [4 * width, width]],
    [`h.${i}.mlp.c_proj.weight`, [width, 4 * width]],
  ]);
  return [
    ["wte.weight", [vocab, width]],
    ["wpe.weight", [block, width]],
    ...blocks.flat(),
    ["ln_f.weight", [width]],
  ];
};

/** Every parameter in the order that numbers the streams. */
export const parameterSpecs = (config: GptConfig): readonly ParameterSpec[] =>
  shapes(config).map(([name, shape], stream) => ({ name, shape, stream }));

/** Initial values, (out, in) row-major: matrices uniform with standard deviation 0.02, norm weights 1. */
export const initialValues = ({ shape, stream }: ParameterSpec): Float32Array => {
  const count = shape.reduce((a, b) => a * b, 1);
  return shape.length === 1
    ? new Float32Array(count).fill(1)
    : hashed(count, stream, 0.02 * Math.sqrt(3), 0);
};

/** The transpose of row-major (rows, columns) values, for engines that multiply by (in, out). */
export const transposed = (
  values: Float32Array,
  [rows = 1, columns = 1]: readonly number[],
): Float32Array => {
  const out = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j] ?? 0;
  }
  return out;
};

/** Inputs and targets (B, T) of a step; four batches take turns. */
export const batchAt = (
  { batch, block, vocab }: GptConfig,
  step: number,
): { inputs: Int32Array; targets: Int32Array } => {
  const stream = hashedTokens(batch * (block + 1), 1000 + (step % 4), vocab);
  const inputs = new Int32Array(batch * block);
  const targets = new Int32Array(batch * block);
  for (let row = 0; row < batch; row++) {
    const start = row * (block + 1);
    inputs.set(stream.subarray(start, start + block), row * block);
    targets.set(stream.subarray(start + 1, start + block + 1), row * block);
  }
  return { inputs, targets };
};

const isConfigName = (name: string): name is ConfigName => Object.hasOwn(configs, name);

/** The configuration of a name on the command line. */
export const configNamed = (name: string): GptConfig => {
  if (isConfigName(name)) return configs[name];
  throw new Error(
    `--config: no configuration ${name}; there are ${Object.keys(configs).join(", ")}`,
  );
};
