import { ArgumentError } from "@adjoint/core";
import {
  bertConfig,
  bertConfigToJson,
  clipConfig,
  clipConfigToJson,
  decoderConfig,
  type DecoderSettings,
  deepseek,
  gpt2,
  llama,
  llava,
  mistral,
  mixtral,
  nanochat,
  qwen3,
  resnetConfig,
  resnetConfigToJson,
  t5,
  transformerConfig,
  vitConfig,
  vitConfigToJson,
  vlmConfig,
} from "@adjoint/models";
import { describe, expect, it } from "vitest";

const sizes = { vocabSize: 12, contextLength: 8, nEmbd: 16, nLayer: 2, nHead: 2 };
const rope = { kind: "rope", layout: "half", base: 10_000 } as const;
const experts = { nExpert: 4, hidden: 24, topK: 2, selectionBias: false, firstDense: 0 };

describe("a config.json that cannot say the whole configuration is refused", () => {
  it.each<readonly [string, typeof llama, Partial<DecoderSettings>, string]>([
    ["mistral", mistral, { windows: [undefined, 4] }, "windows.1: 4 reads back as nothing"],
    ["qwen3", qwen3, { windows: [2, 4], attention: { qkNorm: true } }, "windows.1: 4 reads back as 2"], // prettier-ignore
    ["llama", llama, { windows: [4, 4] }, "windows.0: 4 reads back as nothing; windows.1"],
    ["llama", llama, { positions: { ...rope, layout: "interleaved" } }, 'positions.layout: "interleaved" reads back as "half"'], // prettier-ignore
    ["llama", llama, { positions: { ...rope, dim: 4 } }, "positions.dim: 4 reads back as 8"],
    ["llama", llama, { positions: { ...rope, reversed: true } }, "positions.reversed: true"],
    ["llama", llama, { logitCap: 15 }, "logitCap: 15 reads back as nothing"],
    ["llama", llama, { attention: { scale: 1 } }, "attention.scale: 1 reads back as 0.35"],
    ["llama", llama, { attention: { useBias: true } }, "attention.outputBias: false"],
    [
      "llama",
      llama,
      { mlp: { activation: "relu" } },
      'mlp.activation: "relu" reads back as "silu"',
    ],
    ["llama", llama, { experts }, "experts: "],
    ["gpt2", gpt2, {}, 'positions.kind: "rope" reads back as "learned"'],
    ["mixtral", mixtral, {}, "num_local_experts: "],
    ["mixtral", mixtral, { experts: { ...experts, gate: "sigmoid" } }, 'experts.gate: "sigmoid"'],
    ["deepseek", deepseek, {}, "kv_lora_rank: "],
    ["nanochat", nanochat, {}, "norm.useScale: true reads back as false"],
  ])("by %s: %#", (name, family, change, message) => {
    const write = (): unknown => family.configToJson(decoderConfig({ ...sizes, ...change }));
    expect(write).toThrow(ArgumentError);
    expect(write).toThrow(`${name}.configToJson: config.json must be able to say the whole`);
    expect(write).toThrow(message);
  });

  it("by the formats of other models", () => {
    const relu = { activation: "relu", gated: false, hidden: 4, useBias: true } as const;
    const own = bertConfig(sizes);
    const image = { imageSize: 8, patchSize: 4, nEmbd: 16, nLayer: 2, nHead: 2 };
    const clip = clipConfig({ text: sizes, vision: image, projection: 8, endId: 2 });
    expect(() => bertConfigToJson({ ...own, mlp: relu })).toThrow(/mlp\.activation: "relu"/);
    expect(() => vitConfigToJson(vitConfig({ ...image, firstNorm: true }))).toThrow(/firstNorm/);
    expect(() => clipConfigToJson(clip)).toThrow(/endId: 2 reads back as 11/);
    expect(() =>
      resnetConfigToJson(resnetConfig({ widths: [8], depths: [1], stem: "small" })),
    ).toThrow(/stem: "small" reads back as "large"/);
    expect(() => t5.configToJson(transformerConfig(sizes))).toThrow(
      /positions\.kind: "sinusoidal" reads back as "relative"/,
    );
  });

  it.each<readonly [Partial<DecoderSettings>, RegExp]>([
    [{ positions: { ...rope, layout: "interleaved" } }, /positions\.layout: "interleaved"/],
    [{ positions: { ...rope, reversed: true } }, /positions\.reversed: true/],
    [{ windows: [undefined, 4] }, /windows\.1: 4/],
    [{ attention: { scale: 2 } }, /attention\.scale: 2/],
    [{ attention: { qkNorm: true, qkScale: false } }, /attention\.qkScale: false/],
    [{ attention: { outputBias: true } }, /attention\.outputBias: true/],
    [{ experts: { ...experts, renormalize: false } }, /experts\.renormalize: false/],
  ])("by LLaVA: %o", (change, message) => {
    const vision = vitConfig({ imageSize: 8, patchSize: 4, nEmbd: 8, nLayer: 1, nHead: 2 });
    const text = decoderConfig({ ...sizes, ...change });
    const write = (): unknown => llava.configToJson(vlmConfig({ vision, text, imageToken: 11 }));
    expect(write).toThrow(ArgumentError);
    expect(write).toThrow(message);
  });
});

describe("a config.json says", () => {
  it("what is its family's default, and what only training knows is not asked for", () => {
    const plain = decoderConfig(sizes);
    const { norm, attention } = plain;
    const spelled = {
      ...plain,
      norm: { ...norm, useScale: true },
      attention: { ...attention, scale: 1 / Math.sqrt(plain.headDim) },
      positions: { ...rope, reversed: false, dim: plain.headDim },
      dropout: 0.1,
    };
    expect(llama.configToJson(spelled)).toEqual(llama.configToJson(plain));
  });

  it("the base that NTK scaling makes", () => {
    const scaling = { kind: "ntk", factor: 4 } as const;
    const json = llama.configToJson(decoderConfig({ ...sizes, positions: { ...rope, scaling } }));
    expect(json["rope_parameters"]).toEqual({
      rope_theta: 10_000 * 4 ** (8 / 6),
      rope_type: "default",
    });
  });

  it("how wide Mixtral's experts are", () => {
    const config = decoderConfig({ ...sizes, experts, mlp: { hidden: 8 } });
    const json = mixtral.configToJson(config);
    expect(json["intermediate_size"]).toBe(24);
    const again = mixtral.configFromJson(json);
    expect(again._tag === "Right" && again.right.experts).toEqual(experts);
  });
});
