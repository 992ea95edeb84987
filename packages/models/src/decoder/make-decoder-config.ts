import { changed, layersFrom } from "../internal/config-schema.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import { checkDecoderConfig } from "./decoder-schema.ts";

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

/** A third more than twice the width is what Llama's gated MLPs have, for the size of a plain one. */
const gatedWidth = (nEmbd: number): number => Math.ceil((8 * nEmbd) / 3 / 8) * 8;

/** The same as `decoderConfig` gives, not checked. */
export const completeDecoder = (settings: DecoderSettings): DecoderConfig => {
  const { nEmbd, nHead, nLayer } = settings;
  const gated = settings.mlp?.gated ?? true;
  return {
    nKvHead: nHead,
    headDim: nEmbd / nHead,
    positions: { kind: "rope", layout: "half", base: 10_000 },
    windows: layersFrom(nLayer, () => undefined),
    tiedHead: false,
    dropout: 0,
    initStd: 0.02,
    ...settings,
    norm: changed({ kind: "rms", eps: 1e-6, first: true }, settings.norm),
    attention: changed({ useBias: false, outputBias: false, qkNorm: false }, settings.attention),
    mlp: changed(
      {
        hidden: gated ? gatedWidth(nEmbd) : 4 * nEmbd,
        activation: gated ? "silu" : "gelu",
        gated,
        useBias: false,
      },
      settings.mlp,
    ),
  };
};

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
  const config = completeDecoder(settings);
  checkDecoderConfig("decoderConfig", config);
  return config;
};
