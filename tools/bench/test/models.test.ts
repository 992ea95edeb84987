import {
  bertConfigFromJson,
  clipConfigFromJson,
  deepseek,
  gpt2,
  llama,
  mistral,
  mixtral,
  qwen3,
  resnetConfigFromJson,
  t5,
  vitConfigFromJson,
} from "@adjoint/models";
import { describe, expect, it } from "vitest";
import { decodeCase } from "../src/model/decode.ts";
import { modelCase, modelNames, modelSizes } from "../src/model/models.ts";
import { nameHash } from "../src/model/name-hash.ts";
import { readModelOptions } from "../src/run/model-options.ts";

describe("models that are measured", () => {
  it("name their initial values by FNV-1a", () => {
    // test vectors of http://www.isthe.com/chongo/tech/comp/fnv/
    expect([nameHash(""), nameHash("a"), nameHash("foobar")]).toEqual([
      0x81_1c_9d_c5, 0xe4_0c_29_2c, 0xbf_9c_f9_68,
    ]);
  });

  it("have configurations that the packages read", () => {
    const read: Readonly<Record<string, (json: unknown) => { readonly _tag: string }>> = {
      ...{ gpt2: gpt2.configFromJson, llama: llama.configFromJson, t5: t5.configFromJson },
      ...{ qwen3: qwen3.configFromJson, mistral: mistral.configFromJson },
      ...{ mixtral: mixtral.configFromJson, deepseek: deepseek.configFromJson },
      ...{ bert: bertConfigFromJson, vit: vitConfigFromJson },
      ...{ clip: clipConfigFromJson, resnet: resnetConfigFromJson },
    };
    for (const model of modelNames.filter((name) => name !== "transformer"))
      for (const size of modelSizes)
        expect(read[model]?.(modelCase(model, size).config)._tag, `${model} ${size}`).toBe("Right");
  });

  it("are all measured unless some are named, at one size when it must be quick", () => {
    const all = readModelOptions([]);
    expect([all.models, all.sizes]).toEqual([modelNames, ["small", "mid"]]);
    const quick = readModelOptions(["--quick", "--config", "t5,vit"]);
    expect([quick.models, quick.sizes, quick.rounds]).toEqual([["t5", "vit"], ["small"], 3]);
    expect(() => readModelOptions(["--config", "gpt9"])).toThrow(
      /--config: no gpt9; there are gpt2/,
    );
  });

  it("decode from a prompt", () => {
    expect(decodeCase("6x512").newTokens).toBe(128);
    expect(() => decodeCase("7b")).toThrow("there are 12x384, 6x512, 12x768");
  });
});
