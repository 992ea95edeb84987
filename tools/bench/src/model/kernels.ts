import type { GptConfig } from "./gpt.ts";

/** The work of single kernels, by name; `rows` are batch times block, all float32. */
export type KernelCase =
  /** (m, k) times (k, n). */
  | { readonly name: "matmul"; readonly m: number; readonly k: number; readonly n: number }
  /** gelu((m, k) times (k, n) + (n)), erf. */
  | { readonly name: "linear-gelu"; readonly m: number; readonly k: number; readonly n: number }
  /** Over the last axis. */
  | { readonly name: "softmax"; readonly rows: number; readonly width: number }
  /** Output, and the gradients of x and weight for a given gradient of the output. */
  | { readonly name: "layernorm-grad"; readonly rows: number; readonly width: number }
  /** Causal, (B, H, T, D) each. */
  | ({ readonly name: "attention" | "attention-grad" } & AttentionSize)
  /** Mean over rows; the loss and the gradient of the logits. */
  | { readonly name: "cross-entropy-grad"; readonly rows: number; readonly vocab: number }
  /** The gradient of a (vocab, width) table that `rows` ids looked up. */
  | {
      readonly name: "embedding-grad";
      readonly rows: number;
      readonly vocab: number;
      readonly width: number;
    }
  /** One AdamW update of all parameters of a model, with gradients given. */
  | { readonly name: "adamw"; readonly config: GptConfig };

export interface AttentionSize {
  readonly batch: number;
  readonly heads: number;
  readonly block: number;
  readonly width: number;
}

export type KernelName = KernelCase["name"];
