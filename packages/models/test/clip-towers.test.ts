import { readFileSync } from "node:fs";
import {
  clip,
  clipConfig,
  clipConfigFromJson,
  clipConfigToJson,
  type ClipParams,
  clipWeights,
  loadParams,
} from "@adjoint/models";
import { describe, expect, it } from "vitest";
import { checkpoint, expectNear } from "./support/checkpoint.ts";
import { must } from "./support/expect-case.ts";

type Fields = { readonly hidden_act: string; readonly layer_norm_eps: number };
type Row = { readonly text: Fields; readonly vision: Fields; readonly logits: readonly number[] };

const rows = JSON.parse(
  readFileSync(new URL("fixtures/clip-towers.json", import.meta.url), "utf8"),
) as readonly Row[];

const { config: json, source, expected } = checkpoint("clip");

/** The file with other fields in its towers. */
const fileWith = (text: object, vision: object): object => ({
  ...json,
  text_config: { ...(json["text_config"] as object), ...text },
  vision_config: { ...(json["vision_config"] as object), ...vision },
});

describe.each(rows)("CLIP whose towers have $text and $vision", ({ text, vision, logits }) => {
  it("gives the similarities of transformers", async () => {
    const config = must(clipConfigFromJson(fileWith(text, vision)));
    const params = must(await loadParams<ClipParams>(clipWeights(config), source));
    const [ids, images] = [expected("ids").cast("int32"), expected("images")];
    expectNear(await clip.apply(params, ids, images, config).data(), logits, "similarities");
  });

  it("is written as it was read", () => {
    const config = must(clipConfigFromJson(fileWith(text, vision)));
    const written = clipConfigToJson(config);
    expect(written).toMatchObject({ text_config: text, vision_config: vision });
    expect(must(clipConfigFromJson(written))).toEqual(config);
  });
});

describe("a tower of CLIP", () => {
  const sizes = { nEmbd: 8, nLayer: 1, nHead: 2 };
  const text = { vocabSize: 5, contextLength: 4, ...sizes };
  const vision = { imageSize: 4, patchSize: 2, ...sizes };

  it("has what both have unless it has its own", () => {
    const own = { ...vision, activation: "relu", eps: 0.5 } as const;
    const config = clipConfig({ text, vision: own, projection: 4, endId: 4, activation: "gelu" });
    const parts = [config.text, config.vision].map(({ mlp, norm }) => [mlp.activation, norm.eps]);
    expect(parts).toEqual([
      ["gelu", 1e-5],
      ["relu", 0.5],
    ]);
  });

  it("with an activation that files have no name for is refused by name", () => {
    const unknown = clipConfigFromJson(fileWith({}, { hidden_act: "mish" }));
    expect(unknown._tag === "Left" && unknown.left.problems).toEqual([
      expect.stringMatching(/^vision_config\.hidden_act: /),
    ]);
    const own = { ...vision, activation: "relu2" } as const;
    const config = clipConfig({ text, vision: own, projection: 4, endId: 4 });
    expect(() => clipConfigToJson(config)).toThrow(/vision\.mlp\.activation: "relu2"/);
  });
});
