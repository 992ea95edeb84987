import {
  blockChecks,
  type Check,
  checkAll,
  sizeChecks,
  windowChecks,
} from "../block/check-block.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import { rotaryDim } from "./explicit-decoder.ts";

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

const positionChecks = (config: DecoderConfig): readonly Check[] => {
  const { positions } = config;
  if (positions.kind === "learned") return [];
  const dim = rotaryDim(config);
  const { kind = "none" } = positions.scaling ?? {};
  return [
    ["rotary positions need heads of even size", dim >= 2 && dim % 2 === 0, dim],
    [
      `${kind} scaling needs more than 2 elements that rotate`,
      dim > 2 || (kind !== "dynamic" && kind !== "ntk"),
      dim,
    ],
  ];
};

const check = (config: DecoderConfig): void => {
  const { vocabSize, contextLength, windows, nLayer, logitCap } = config;
  checkAll("decoderConfig", [
    ...sizeChecks({ vocabSize, contextLength }),
    ...blockChecks(config),
    ...positionChecks(config),
    [`windows needs one entry a layer, ${nLayer}`, windows.length === nLayer, windows.length],
    ...windowChecks(windows),
    ["logitCap must be above 0", logitCap === undefined || logitCap > 0, logitCap],
  ]);
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
  check(config);
  return config;
};
