import { ArgumentError } from "@adjoint/core";
import type { DecoderConfig } from "./decoder-config.ts";

/** What `decoderConfig` takes: the sizes, and what differs from the defaults. */
export type DecoderSettings = Pick<
  DecoderConfig,
  "vocabSize" | "contextLength" | "nEmbd" | "nLayer" | "nHead"
> &
  Partial<Omit<DecoderConfig, "attention" | "mlp" | "norm">> & {
    readonly norm?: Partial<DecoderConfig["norm"]>;
    readonly attention?: Partial<DecoderConfig["attention"]>;
    readonly mlp?: Partial<DecoderConfig["mlp"]>;
  };

const refuse = (rule: string, got: string): never => {
  throw new ArgumentError({ operation: "decoderConfig", rule, got });
};

const checkSizes = (config: DecoderConfig): void => {
  const { nHead, nKvHead, windows, nLayer } = config;
  for (const name of [
    "vocabSize",
    "contextLength",
    "nEmbd",
    "nLayer",
    "nHead",
    "nKvHead",
    "headDim",
  ] as const)
    if (!Number.isSafeInteger(config[name]) || config[name] < 1)
      refuse(`${name} must be a whole number of at least 1`, String(config[name]));
  if (nHead % nKvHead !== 0) refuse("nKvHead must divide nHead", `${nKvHead} and ${nHead}`);
  if (windows.length !== nLayer)
    refuse(`windows needs one entry a layer, ${nLayer}`, `${windows.length}`);
  for (const window of windows)
    if (window !== undefined && !(Number.isSafeInteger(window) && window >= 1))
      refuse("windows must be whole numbers of at least 1", `${window}`);
};

/** A third more than twice the width is what Llama's gated MLPs have, for the size of a plain one. */
const gatedWidth = (nEmbd: number): number => Math.ceil((8 * nEmbd) / 3 / 8) * 8;

/**
 * A complete configuration from sizes and options, checked. Defaults are Llama's: rotary positions (`half`, base 10000), RMS norm,
 * SwiGLU, no biases; as many key heads as query heads, heads of nEmbd / nHead. Throws ArgumentError for what cannot be.
 *
 * ```ts doctest
 * import { decoderConfig } from "@adjoint/models";
 * const config = decoderConfig({ vocabSize: 100, contextLength: 64, nEmbd: 48, nLayer: 2, nHead: 4, nKvHead: 2 });
 * [config.headDim, config.mlp.hidden, config.tiedHead]; // => [12, 128, false]
 * ```
 */
export const decoderConfig = (settings: DecoderSettings): DecoderConfig => {
  const { nEmbd, nHead, nLayer } = settings;
  const gated = settings.mlp?.gated ?? true;
  const config: DecoderConfig = {
    nKvHead: nHead,
    headDim: nEmbd / nHead,
    positions: { kind: "rope", layout: "half", base: 10_000 },
    windows: Array.from({ length: nLayer }, () => undefined),
    tiedHead: false,
    dropout: 0,
    initStd: 0.02,
    ...settings,
    norm: { kind: "rms", eps: 1e-6, first: true, ...settings.norm },
    attention: {
      useBias: false,
      outputBias: false,
      qkNorm: false,
      ...settings.attention,
    },
    mlp: {
      hidden: gated ? gatedWidth(nEmbd) : 4 * nEmbd,
      activation: gated ? "silu" : "gelu",
      gated,
      useBias: false,
      ...settings.mlp,
    },
  };
  checkSizes(config);
  return config;
};
