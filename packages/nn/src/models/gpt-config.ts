import { ArgumentError } from "@adjoint/core";
import { type ActivationName, activationNamed } from "../activations/named.ts";
import { checkRecords } from "../internal/check-tensors.ts";
import { checkRate, checkSize } from "../internal/check.ts";

/** Shape of a GPT, complete and checked. Plain data: it can be written to JSON and given back to `gptConfig`. */
export type GptConfig = {
  /** Number of tokens V. */
  readonly vocabSize: number;
  /** Longest sequence. */
  readonly blockSize: number;
  /** Number of blocks. */
  readonly nLayer: number;
  /** Attention heads of a block; divides `nEmbd`. */
  readonly nHead: number;
  /** Width C. */
  readonly nEmbd: number;
  /** Dropout rate while training. */
  readonly dropout: number;
  /** Whether linear layers and norms have biases. */
  readonly useBias: boolean;
  /** Whether the head reads the token embedding instead of a kernel of its own. */
  readonly tiedHead: boolean;
  /** Whether the blocks' parameters are stacked and run by `scan`, so that compile time does not grow with depth. */
  readonly scanBlocks: boolean;
  readonly activation: ActivationName;
};

/** What `gptConfig` takes: the five sizes, and what differs from the defaults. */
export type GptOptions = Pick<GptConfig, "vocabSize" | "blockSize" | "nLayer" | "nHead" | "nEmbd"> &
  Partial<GptConfig>;

const checkFlags = (config: GptConfig): void => {
  for (const name of ["useBias", "tiedHead", "scanBlocks"] as const)
    if (typeof config[name] !== "boolean")
      throw new ArgumentError({
        operation: "gptConfig",
        rule: `${name} must be true or false`,
        got: String(config[name]),
      });
};

/**
 * A complete configuration from sizes and options, checked: no dropout, no biases, tied head, exact GELU, blocks
 * one by one unless told otherwise (nanoGPT's choices). Throws ArgumentError for what cannot be a GPT.
 *
 * ```ts doctest
 * import { gptConfig } from "@adjoint/nn";
 * const config = gptConfig({ vocabSize: 65, blockSize: 64, nLayer: 4, nHead: 4, nEmbd: 128 });
 * [config.dropout, config.useBias, config.tiedHead]; // => [0, false, true]
 * ```
 */
export const gptConfig = (options: GptOptions): GptConfig => {
  checkRecords("gptConfig", { options });
  const config: GptConfig = {
    dropout: 0,
    useBias: false,
    tiedHead: true,
    scanBlocks: false,
    activation: "gelu",
    ...options,
  };
  for (const name of ["vocabSize", "blockSize", "nLayer", "nHead", "nEmbd"] as const)
    checkSize("gptConfig", name, config[name]);
  if (config.nEmbd % config.nHead !== 0)
    throw new ArgumentError({
      operation: "gptConfig",
      rule: "nHead must divide nEmbd",
      got: `nEmbd ${config.nEmbd}, nHead ${config.nHead}`,
    });
  checkRate("gptConfig", "dropout", config.dropout);
  checkFlags(config);
  activationNamed(config.activation, "gptConfig");
  return config;
};
