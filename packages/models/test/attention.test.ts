import { readFileSync } from "node:fs";
import { concatenate, type Tensor, tensor, zeros } from "@adjoint/core";
import { decode } from "@adjoint/core/safetensors";
import { key } from "@adjoint/core/random";
import { bert, decoder, loadParams, seq2seq, vit, vitConfigFromJson, type VitParams, vitWeights, vlm } from "@adjoint/models"; // prettier-ignore
import { describe, expect, it } from "vitest";
import { load as loadBert } from "./support/bert-cases.ts";
import { checkpoint, expectNear } from "./support/checkpoint.ts";
import { int, load } from "./support/decoder-cases.ts";
import { must } from "./support/expect-case.ts";
import { load as loadSeq2Seq } from "./support/seq2seq-cases.ts";
import { tinyModels } from "./support/tiny-models.ts";

const file = new URL("fixtures/attentions.safetensors", import.meta.url);
const stored = decode(new Uint8Array(readFileSync(file))).tensors;

/** Compares the weights of every layer with those of transformers; padding's queries look at nothing that counts. */
const expectWeights = async (got: readonly Tensor[], name: string): Promise<void> => {
  const layers = [...stored.keys()].filter((own) => own.startsWith(`${name}.`));
  expect(got).toHaveLength(layers.length);
  for (const [i, weights] of got.entries()) {
    const want = stored.get(`${name}.${i}`)!;
    expect(weights.shape).toEqual(want.shape);
    expectNear(await weights.data(), await want.data(), `${name} ${i}`);
  }
};

const loadVit = async () => {
  const { config: json, source } = checkpoint("vit");
  const config = must(vitConfigFromJson(json));
  const tree = must(await loadParams<{ encoder: VitParams }>(vitWeights(config, 3), source));
  return { config, params: tree.encoder };
};

const sourceOf = (name: string) => {
  const { expected } = checkpoint(name);
  const labels = int(expected("labels"));
  const [rows = 0, length = 0] = labels.shape;
  const start = zeros([rows, 1], { dtype: "int32" });
  return {
    source: int(expected("source")),
    target: concatenate([start, labels.slice([0, 0], [rows, length - 1])], 1),
    sourceValid: expected("mask").cast("bool"),
  };
};

describe.each([false, true])("where attention looks (layers stacked: %s)", (stacked) => {
  it.each(["gpt2", "qwen3"])("in %s", async (name) => {
    const { config, params } = await load(name);
    const own = stacked ? decoder.stack(params, config) : params;
    const ids = int(checkpoint(name).expected("ids"));
    await expectWeights(decoder.attention(own, ids, config), `${name}.own`);
  });

  it("in BERT", async () => {
    const { config, params } = await loadBert("bert");
    const { expected } = checkpoint("bert");
    const encoder = stacked ? bert.stack(params.encoder, config) : params.encoder;
    const options = { typeIds: int(expected("types")), valid: expected("mask").cast("bool") };
    await expectWeights(bert.attention(encoder, int(expected("ids")), config, options), "bert.own");
  });

  it("in a Vision Transformer", async () => {
    const { config, params } = await loadVit();
    const own = stacked ? vit.stack(params, config) : params;
    await expectWeights(
      vit.attention(own, checkpoint("vit").expected("images"), config),
      "vit.own",
    );
  });

  it("in T5: both sides, and from one to the other", async () => {
    const { config, params } = await loadSeq2Seq("t5-gated");
    const own = stacked ? seq2seq.stack(params, config) : params;
    const { source, target, sourceValid } = sourceOf("t5-gated");
    const all = seq2seq.attention(own, source, target, config, { sourceValid });
    for (const kind of ["encoder", "decoder", "cross"] as const)
      await expectWeights(all[kind], `t5-gated.${kind}`);
  });
});

it("the Transformer of 2017 looks at the source, a model that sees at its images", async () => {
  const { config, init } = tinyModels.transformer;
  const [source, target] = [tensor([[1, 2, 3]], { dtype: "int32" }), tensor([[4, 5]], { dtype: "int32" })]; // prettier-ignore
  const { encoder, cross } = seq2seq.attention(init(config) as never, source, target, config);
  expect([encoder, cross].map((all) => all.map(({ shape }) => shape))).toEqual([
    [[1, 2, 3, 3]],
    [
      [1, 2, 2, 3],
      [1, 2, 2, 3],
    ],
  ]);
  const { config: seeing } = tinyModels.vlm;
  const prompt = tensor([vlm.prompt([5, 1], 1, seeing)], { dtype: "int32" });
  const images = zeros([1, 3, 4, 4]);
  const [first] = vlm.attention(vlm.init(key(0), seeing), prompt, images, seeing);
  expect(first?.shape).toEqual([1, 2, 5, 5]);
  expectNear(await first!.sum(-1).data(), Array(10).fill(1), "rows");
});

it("refuses to show attention through latent vectors", () => {
  const { config, init } = tinyModels.experts;
  const ids = tensor([[1, 2]], { dtype: "int32" });
  expect(() => decoder.attention(init(config) as never, ids, config)).toThrow(
    /gives the weights of attention by heads, got attention through latent vectors/,
  );
});
