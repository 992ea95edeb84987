import { z } from "zod";
import type { DecoderConfig, PositionScaling, Positions } from "../decoder/decoder-config.ts";
import { rotaryDim, scaledBase } from "../decoder/explicit-decoder.ts";
import { optional, positive, type Readers, size } from "./fields.ts";

type Kind = "default" | "linear" | "dynamic" | "yarn" | "llama3";
const kinds: z.ZodType<Kind> = z.enum(["default", "linear", "dynamic", "yarn", "llama3"]);

/** `rope_parameters` of config.json (`rope_scaling` before transformers 5), with the fields of all kinds. */
type RopeParameters = {
  readonly rope_theta: number | undefined;
  readonly rope_type: Kind | undefined;
  /** The older name of `rope_type`. */
  readonly type: Kind | undefined;
  readonly factor: number | undefined;
  readonly original_max_position_embeddings: number | undefined;
  readonly low_freq_factor: number | undefined;
  readonly high_freq_factor: number | undefined;
  readonly beta_fast: number | undefined;
  readonly beta_slow: number | undefined;
  readonly attention_factor: number | undefined;
  readonly mscale: number | undefined;
  readonly mscale_all_dim: number | undefined;
  readonly truncate: boolean | undefined;
};

const ropeParameters: z.ZodType<RopeParameters> = z
  .object({
    rope_theta: optional(positive),
    rope_type: optional(kinds),
    type: optional(kinds),
    factor: optional(positive),
    original_max_position_embeddings: optional(size),
    low_freq_factor: optional(positive),
    high_freq_factor: optional(positive),
    beta_fast: optional(positive),
    beta_slow: optional(positive),
    attention_factor: optional(positive),
    mscale: optional(positive),
    mscale_all_dim: optional(positive),
    truncate: optional(z.boolean()),
  })
  .refine(
    ({ rope_type, type, factor }) =>
      factor !== undefined || (rope_type ?? type ?? "default") === "default",
    { path: ["factor"], message: "must be there for this rope_type" },
  )
  .refine(
    ({ rope_type, type, low_freq_factor: low, high_freq_factor: high }) =>
      (rope_type ?? type) !== "llama3" || (high ?? 4) > (low ?? 1),
    { path: ["high_freq_factor"], message: "must be above low_freq_factor" },
  );

/** What files say of positions. */
export type RopeFields = {
  readonly max_position_embeddings: number;
  readonly rope_theta: number | undefined;
  readonly rope_parameters: RopeParameters | undefined;
  readonly rope_scaling: RopeParameters | undefined;
};

/** Fields about positions that every family with rotary ones has. */
export const ropeFields: Readers<RopeFields> = {
  max_position_embeddings: size,
  rope_theta: optional(positive),
  rope_parameters: optional(ropeParameters),
  rope_scaling: optional(ropeParameters),
};

const yarnOf = (p: RopeParameters, originalLength: number): PositionScaling => ({
  kind: "yarn",
  factor: p.factor ?? 1,
  originalLength,
  ...(p.beta_fast === undefined ? {} : { betaFast: p.beta_fast }),
  ...(p.beta_slow === undefined ? {} : { betaSlow: p.beta_slow }),
  ...(p.attention_factor === undefined ? {} : { attentionFactor: p.attention_factor }),
  ...(p.mscale === undefined ? {} : { mscale: p.mscale }),
  ...(p.mscale_all_dim === undefined ? {} : { mscaleAllDim: p.mscale_all_dim }),
  ...(p.truncate === undefined ? {} : { truncate: p.truncate }),
});

const llama3Of = (p: RopeParameters, originalLength: number): PositionScaling => ({
  kind: "llama3",
  factor: p.factor ?? 1,
  originalLength,
  ...(p.low_freq_factor === undefined ? {} : { lowFreqFactor: p.low_freq_factor }),
  ...(p.high_freq_factor === undefined ? {} : { highFreqFactor: p.high_freq_factor }),
});

const scalingOf = (parameters: RopeParameters, length: number): PositionScaling | undefined => {
  const original = parameters.original_max_position_embeddings ?? length;
  switch (parameters.rope_type ?? parameters.type ?? "default") {
    case "linear":
      return { kind: "linear", factor: parameters.factor ?? 1 };
    case "dynamic":
      // transformers takes the length of the file here, whatever the original one is said to be
      return { kind: "dynamic", factor: parameters.factor ?? 1, originalLength: length };
    case "yarn":
      return yarnOf(parameters, original);
    case "llama3":
      return llama3Of(parameters, original);
    default:
      return undefined;
  }
};

/** Rotary positions as a file describes them, in the layout of Hugging Face's weights. */
export const positionsOf = (fields: RopeFields): Positions => {
  const parameters = fields.rope_parameters ?? fields.rope_scaling;
  const base = parameters?.rope_theta ?? fields.rope_theta ?? 10_000;
  const scaling =
    parameters === undefined ? undefined : scalingOf(parameters, fields.max_position_embeddings);
  return { kind: "rope", layout: "half", base, ...(scaling === undefined ? {} : { scaling }) };
};

/** The longest sequence: for `dynamic`, files name that of pretraining, and the factor times as much is what it is stretched to. */
export const contextLengthOf = (fields: RopeFields): number => {
  const { max_position_embeddings: length } = fields;
  const positions = positionsOf(fields);
  const scaling = positions.kind === "rope" ? positions.scaling : undefined;
  return scaling?.kind === "dynamic" ? Math.ceil(length * Math.max(1, scaling.factor)) : length;
};

type Written = Readonly<Record<string, unknown>>;

const scalingToJson = (scaling: PositionScaling | undefined): Written => {
  switch (scaling?.kind) {
    case undefined:
      return { rope_type: "default" };
    case "linear":
      return { rope_type: "linear", factor: scaling.factor };
    case "dynamic":
      return { rope_type: "dynamic", factor: scaling.factor };
    case "llama3":
      return {
        rope_type: "llama3",
        factor: scaling.factor,
        original_max_position_embeddings: scaling.originalLength,
        low_freq_factor: scaling.lowFreqFactor ?? 1,
        high_freq_factor: scaling.highFreqFactor ?? 4,
      };
    case "yarn":
      return {
        rope_type: "yarn",
        factor: scaling.factor,
        original_max_position_embeddings: scaling.originalLength,
        beta_fast: scaling.betaFast,
        beta_slow: scaling.betaSlow,
        attention_factor: scaling.attentionFactor,
        mscale: scaling.mscale,
        mscale_all_dim: scaling.mscaleAllDim,
        truncate: scaling.truncate,
      };
    default:
      // the factor of the base is all there is to it, and files have no name for it
      return { rope_type: "default" };
  }
};

/** The fields of a file for rotary positions; `max_position_embeddings` among them where it is not the longest sequence. */
export const positionsToJson = (config: DecoderConfig): Written => {
  const { positions } = config;
  if (positions.kind === "learned") return {};
  const { scaling } = positions;
  return {
    ...(scaling?.kind === "dynamic" ? { max_position_embeddings: scaling.originalLength } : {}),
    rope_parameters: {
      rope_theta: scaledBase(positions, rotaryDim(config)),
      ...scalingToJson(scaling),
    },
  };
};
