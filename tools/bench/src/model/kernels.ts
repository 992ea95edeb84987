import { configNamed, type GptConfig, parameterSpecs } from "./gpt.ts";
import { hashed, hashedTokens } from "./hashed.ts";

/** Batch, heads, positions and head width of (B, H, T, D). */
export interface AttentionSize {
  readonly batch: number;
  readonly heads: number;
  readonly block: number;
  readonly width: number;
}

/** The work of single kernels, float32; `rows` are batch times block. */
export type KernelCase =
  /** (m, k) times (k, n). */
  | { readonly name: "matmul"; readonly m: number; readonly k: number; readonly n: number }
  /** gelu((m, k) times (k, n) + (n)), erf. */
  | { readonly name: "linear-gelu"; readonly m: number; readonly k: number; readonly n: number }
  /** Over the last axis. */
  | { readonly name: "softmax"; readonly rows: number; readonly width: number }
  /** The output, and the gradients of x and weight for a given gradient of the output. */
  | { readonly name: "layernorm-grad"; readonly rows: number; readonly width: number }
  /** Causal; `attention-grad` is the output and the gradients of q, k and v for a given gradient of the output. */
  | ({ readonly name: "attention" } & AttentionSize)
  | ({ readonly name: "attention-grad" } & AttentionSize)
  /** Mean over rows: the loss and the gradient of the logits. */
  | { readonly name: "cross-entropy-grad"; readonly rows: number; readonly vocab: number }
  /** The gradient of a (vocab, width) table in which `rows` ids were looked up. */
  | {
      readonly name: "embedding-grad";
      readonly rows: number;
      readonly vocab: number;
      readonly width: number;
    }
  /** One AdamW update of a model's parameters, gradients given, no clipping. */
  | { readonly name: "adamw"; readonly config: GptConfig };

/** The kernels of a model of this size, and square matrix products. */
export const kernelCases = (config: GptConfig): readonly KernelCase[] => {
  const { width, heads, block, batch, vocab } = config;
  const rows = batch * block;
  const head = { batch, heads, block, width: width / heads };
  return [
    ...[256, 512, 1024].map((n) => ({ name: "matmul", m: n, k: n, n }) as const),
    { name: "matmul", m: rows, k: width, n: 3 * width },
    { name: "matmul", m: rows, k: 4 * width, n: width },
    { name: "linear-gelu", m: rows, k: width, n: 4 * width },
    { name: "softmax", rows: batch * heads * block, width: block },
    { name: "layernorm-grad", rows, width },
    { name: "attention", ...head },
    { name: "attention-grad", ...head },
    { name: "cross-entropy-grad", rows, vocab },
    { name: "embedding-grad", rows, vocab, width },
    { name: "adamw", config },
  ];
};

/** The cases of a configuration's name; `names` keeps some of them. */
export const kernelsNamed = (
  config: string,
  names: readonly string[],
  size: Partial<GptConfig>,
): readonly KernelCase[] => {
  const cases = kernelCases({ ...configNamed(config), ...size });
  const known = new Set<string>(cases.map(({ name }) => name));
  const wrong = names.find((name) => !known.has(name));
  if (wrong !== undefined)
    throw new Error(`--kernel: no kernel ${wrong}; there are ${[...known].join(", ")}`);
  return names.length === 0 ? cases : cases.filter(({ name }) => names.includes(name));
};

/** The size in a few characters: 512x384x1536. */
export const sizeOf = (kernel: KernelCase): string => {
  switch (kernel.name) {
    case "matmul":
    case "linear-gelu":
      return [kernel.m, kernel.k, kernel.n].join("x");
    case "softmax":
    case "layernorm-grad":
      return [kernel.rows, kernel.width].join("x");
    case "attention":
    case "attention-grad":
      return [kernel.batch, kernel.heads, kernel.block, kernel.width].join("x");
    case "cross-entropy-grad":
      return [kernel.rows, kernel.vocab].join("x");
    case "embedding-grad":
      return [kernel.rows, kernel.vocab, kernel.width].join("x");
    case "adamw":
      return String(parameterCount(kernel.config));
  }
};

const parameterCount = (config: GptConfig): number =>
  parameterSpecs(config).reduce((n, { shape }) => n + shape.reduce((a, b) => a * b, 1), 0);

/** The least work there is: multiplications and additions, or bytes when every operand is moved once. */
export type Work = { readonly flops: number } | { readonly bytes: number };

/** Causal attention counts the lower triangle: two products forward, five more backward. */
export const workOf = (kernel: KernelCase): Work => {
  switch (kernel.name) {
    case "matmul":
    case "linear-gelu":
      return { flops: 2 * kernel.m * kernel.k * kernel.n };
    case "attention":
    case "attention-grad": {
      const product = kernel.batch * kernel.heads * kernel.block ** 2 * kernel.width;
      return { flops: (kernel.name === "attention" ? 2 : 7) * product };
    }
    case "softmax":
      return { bytes: 4 * 2 * kernel.rows * kernel.width };
    case "layernorm-grad":
      return { bytes: 4 * 4 * kernel.rows * kernel.width };
    case "cross-entropy-grad":
      return { bytes: 4 * 2 * kernel.rows * kernel.vocab };
    case "embedding-grad":
      return { bytes: 4 * (kernel.rows + kernel.vocab) * kernel.width };
    case "adamw":
      return { bytes: 4 * 7 * parameterCount(kernel.config) };
  }
};

/** A float32 operand: number `n` of a kernel, the same for every engine. */
export const operand = (n: number, shape: readonly number[]): Float32Array =>
  hashed(
    shape.reduce((a, b) => a * b, 1),
    500 + n,
    1,
    0,
  );

/** `count` ids below `vocab`. */
export const ids = (count: number, vocab: number): Int32Array => hashedTokens(count, 500, vocab);
