import { z } from "zod";
import type { BlockNames } from "../block/block-rules.ts";
import type { DecoderConfig } from "../decoder/decoder-config.ts";
import { decoderRules, emptyDecoderParts } from "../decoder/decoder-weights.ts";
import { explicitDecoder } from "../decoder/explicit-decoder.ts";
import { decoderConfig } from "../decoder/make-decoder-config.ts";
import { shortcutRules } from "../decoder/shortcuts.ts";
import { parseConfig } from "../pretrained/parse-config.ts";
import { type ConfigJson, writtenConfig } from "../pretrained/written-config.ts";
import type { DecoderFamily } from "./decoder-family.ts";
import { dividesWidth, type FieldRule, fieldRules } from "./field-rules.ts";
import { count, optional, size } from "./fields.ts";

/** How many elements of a token the gates of smearing and of value tables read. */
const [smearGate, valueGate] = [24, 12];

/** Rows of tables are padded to a multiple of this. */
const rowMultiple = 64;

/** Queries and keys are multiplied with it, each. */
const sharpness = 1.2;

/** What PyTorch's norm adds to the mean square of float32 where nothing is said. */
const eps = 2 ** -23;

const fileFields = z.object({
  sequence_len: size,
  vocab_size: size,
  n_layer: count,
  n_head: size,
  n_kv_head: size,
  n_embd: size,
  // models from before there were windows have none
  window_pattern: optional(z.string().regex(/^[SL]+$/i, 'must be made of "S" and "L"')),
});

type Fields = z.infer<typeof fileFields>;

const rulesOf = ({ n_embd, n_head, n_kv_head }: Fields): readonly FieldRule[] => [
  dividesWidth("n_head", n_head, ["n_embd", n_embd]),
  ["n_kv_head", n_head % n_kv_head === 0, "must divide n_head"],
  [
    "n_head",
    n_embd % n_head !== 0 || (n_embd / n_head) % 2 === 0,
    "must give heads of even size for rotary positions",
  ],
  ["n_embd", n_embd >= smearGate, `must be at least ${smearGate}, which the gates read`],
];

/** A quarter of the context in tiles of 128, and the token itself. */
const shortWindow = (contextLength: number): number => Math.ceil(contextLength / 4 / 128) * 128 + 1;

const windowsOf = ({ n_layer, sequence_len, window_pattern = "L" }: Fields) => {
  const pattern = window_pattern.toUpperCase();
  return Array.from({ length: n_layer }, (_, i) =>
    i < n_layer - 1 && pattern[i % pattern.length] === "S" ? shortWindow(sequence_len) : undefined,
  );
};

const configOf = (fields: Fields): DecoderConfig => {
  const { vocab_size: vocabSize, n_embd: nEmbd, n_head: nHead } = fields;
  return decoderConfig({
    vocabSize,
    vocabRows: Math.ceil(vocabSize / rowMultiple) * rowMultiple,
    contextLength: fields.sequence_len,
    nEmbd,
    nLayer: fields.n_layer,
    nHead,
    nKvHead: fields.n_kv_head,
    positions: { kind: "rope", layout: "half", base: 100_000, reversed: true },
    windows: windowsOf(fields),
    norm: { kind: "rms", eps, useScale: false },
    attention: { qkNorm: true, qkScale: false, scale: sharpness ** 2 / Math.sqrt(nEmbd / nHead) },
    mlp: { hidden: 4 * nEmbd, activation: "relu2", gated: false },
    embeddingNorm: true,
    shortcuts: { mixing: true, smearGate, backout: true, valueGate },
    tiedHead: false,
    logitCap: 15,
  });
};

const schema = fileFields.superRefine(fieldRules(rulesOf)).transform(configOf);

const configFromJson: DecoderFamily["configFromJson"] = (json) =>
  parseConfig(schema, json, "nanochatOwn");

const toJson = ({ windows, ...config }: DecoderConfig): ConfigJson => ({
  sequence_len: config.contextLength,
  vocab_size: config.vocabSize,
  n_layer: config.nLayer,
  n_head: config.nHead,
  n_kv_head: config.nKvHead,
  n_embd: config.nEmbd,
  window_pattern: windows.map((window) => (window === undefined ? "L" : "S")).join(""),
});

const blockNames = (layer: number): BlockNames => {
  const own = `transformer.h.${layer}`;
  return {
    attentionNorm: "",
    q: `${own}.attn.c_q`,
    k: `${own}.attn.c_k`,
    v: `${own}.attn.c_v`,
    output: `${own}.attn.c_proj`,
    mlpNorm: "",
    up: `${own}.mlp.c_fc`,
    down: `${own}.mlp.c_proj`,
  };
};

/**
 * nanochat's GPT as its own repository has it: that of `nanochat` with sharper attention, learned mixtures of what enters each layer,
 * tokens smeared into the next, value tables in every second layer, and the middle layer's result taken away at the end. Its files are
 * `model_config` of a checkpoint's meta.json, and the arrays of its model.pt as safetensors.
 * @see https://github.com/karpathy/nanochat/blob/92d63d4e8bb4df75c3b71618f31ddde2378b2bcd/nanochat/gpt.py
 */
export const nanochatOwn: DecoderFamily = {
  modelType: "nanochat",
  configFromJson,
  configToJson: (config) =>
    writtenConfig(config, toJson(config), {
      operation: "nanochatOwn.configToJson",
      read: configFromJson,
      explicit: explicitDecoder,
    }),
  weights: (config) => ({
    rules: [
      ...decoderRules(config, {
        wte: "transformer.wte",
        block: blockNames,
        finalNorm: "",
        head: "lm_head",
      }),
      ...shortcutRules(config, ["shortcuts"]),
    ],
    empty: emptyDecoderParts(config),
    prefix: "",
    ignored: /^(cos|sin)$/,
  }),
};
