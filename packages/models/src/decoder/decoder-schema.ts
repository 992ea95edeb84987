import { z } from "zod";
import { blockFieldRules, blockFields } from "../block/block-schema.ts";
import type { FieldRule } from "../families/field-rules.ts";
import {
  aConfig,
  aFlag,
  aList,
  aPositive,
  aRecord,
  aSize,
  type ConfigCheck,
  configCheck,
  oneOf,
  type Rules,
} from "../internal/config-schema.ts";
import type { DecoderConfig, PositionScaling, Positions, Shortcuts } from "./decoder-config.ts";
import { rotaryDim } from "./explicit-decoder.ts";

type Scaling<K extends PositionScaling["kind"]> = Omit<
  Extract<PositionScaling, { readonly kind: K }>,
  "kind"
>;
type Rotary = Extract<Positions, { readonly kind: "rope" }>;

const scalings = {
  linear: { factor: aPositive } satisfies Rules<Scaling<"linear">>,
  ntk: { factor: aPositive } satisfies Rules<Scaling<"ntk">>,
  dynamic: { factor: aPositive, originalLength: aSize } satisfies Rules<Scaling<"dynamic">>,
  yarn: {
    factor: aPositive,
    originalLength: aSize,
    betaFast: aPositive.optional(),
    betaSlow: aPositive.optional(),
    attentionFactor: aPositive.optional(),
    mscale: aPositive.optional(),
    mscaleAllDim: aPositive.optional(),
    truncate: aFlag.optional(),
  } satisfies Rules<Scaling<"yarn">>,
  llama3: {
    factor: aPositive,
    originalLength: aSize,
    lowFreqFactor: aPositive.optional(),
    highFreqFactor: aPositive.optional(),
  } satisfies Rules<Scaling<"llama3">>,
};

const kind = <K extends string>(name: K) => ({ kind: z.literal(name) });

const scaling = z.discriminatedUnion(
  "kind",
  [
    z.object({ ...kind("linear"), ...scalings.linear }),
    z.object({ ...kind("ntk"), ...scalings.ntk }),
    z.object({ ...kind("dynamic"), ...scalings.dynamic }),
    z.object({ ...kind("yarn"), ...scalings.yarn }),
    z.object({ ...kind("llama3"), ...scalings.llama3 }),
  ],
  { error: `must be one of ${Object.keys(scalings).join(", ")}` },
);

const rotary: Rules<Omit<Rotary, "kind">> = {
  layout: oneOf("half", "interleaved"),
  base: aPositive,
  reversed: aFlag.optional(),
  dim: aSize.optional(),
  scaling: scaling.optional(),
};

const positions = z.discriminatedUnion(
  "kind",
  [z.object(kind("learned")), z.object({ ...kind("rope"), ...rotary })],
  { error: "must be one of learned, rope" },
);

const fields: Rules<DecoderConfig> = {
  ...blockFields,
  vocabSize: aSize,
  vocabRows: aSize.optional(),
  contextLength: aSize,
  shortcuts: aRecord<Shortcuts>({
    mixing: aFlag.optional(),
    smearGate: aSize.optional(),
    backout: aFlag.optional(),
    valueGate: aSize.optional(),
  }).optional(),
  positions,
  windows: aList(aSize.optional()),
  embeddingNorm: aFlag.optional(),
  tiedHead: aFlag,
  logitCap: aPositive.optional(),
};

const rotaryRules = (config: DecoderConfig, own: Rotary): readonly FieldRule[] => {
  const { latent, headDim } = config;
  const dim = rotaryDim(config);
  const whole = latent?.ropeDim ?? headDim;
  const { scaling: how } = own;
  const { lowFreqFactor = 1, highFreqFactor = 4 } = how?.kind === "llama3" ? how : {};
  const field = own.dim === undefined ? (latent === undefined ? "headDim" : "latent.ropeDim") : "positions.dim"; // prettier-ignore
  return [
    [field, dim % 2 === 0, "must be even for rotary positions"],
    ["positions.dim", dim <= whole, `must be at most the size of a head, ${whole}`],
    ["positions.dim", latent === undefined || dim === whole, "must be latent.ropeDim"],
    ["positions.base", own.base > 1, "must be above 1"],
    [
      "positions.scaling.kind",
      dim > 2 || (how?.kind !== "dynamic" && how?.kind !== "ntk"),
      "needs more than 2 elements that rotate",
    ],
    [
      "positions.scaling.highFreqFactor",
      highFreqFactor > lowFreqFactor,
      "must be above positions.scaling.lowFreqFactor",
    ],
  ];
};

const shortcutChecks = (config: DecoderConfig, own: Shortcuts): readonly FieldRule[] => {
  const { nEmbd, latent } = config;
  const { smearGate = 1, valueGate } = own;
  return [
    ["shortcuts.smearGate", smearGate <= nEmbd, `must be at most nEmbd, ${nEmbd}`],
    ["shortcuts.valueGate", (valueGate ?? 1) <= nEmbd, `must be at most nEmbd, ${nEmbd}`],
    [
      "shortcuts.valueGate",
      latent === undefined || valueGate === undefined,
      "must be absent beside latent",
    ],
  ];
};

const rulesOf = (config: DecoderConfig): readonly FieldRule[] => {
  const { windows, nLayer, latent, positions: own } = config;
  return [
    ...blockFieldRules(config),
    ["windows", windows.length === nLayer, `must have one entry a layer, ${nLayer}`],
    ["positions.kind", latent === undefined || own.kind === "rope", 'must be "rope" for latent'],
    ...(own.kind === "rope" ? rotaryRules(config, own) : []),
    [
      "vocabRows",
      config.vocabRows === undefined || config.vocabRows >= config.vocabSize,
      `must be at least vocabSize, ${config.vocabSize}`,
    ],
    ...(config.shortcuts === undefined ? [] : shortcutChecks(config, config.shortcuts)),
  ];
};

/** What a decoder's configuration must be. */
export const decoderSchema: z.ZodType = aConfig<DecoderConfig>(fields, rulesOf);

/** Throws ArgumentError for the first field of a decoder's configuration that is wrong. */
export const checkDecoderConfig: ConfigCheck<DecoderConfig> = configCheck(decoderSchema);
