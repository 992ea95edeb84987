import { createOnnxBackend } from "@adjoint/backend-onnx";
import {
  argmax,
  concatenate,
  grad,
  jit,
  referenceBackend,
  setBackend,
  type Tensor,
  tensor,
  zeros,
} from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import {
  loadParams,
  saveParams,
  seq2seq,
  type Seq2SeqConfig,
  type Seq2SeqParams,
  t5,
  transformerConfig,
  type WeightMap,
  type WeightRule,
} from "@adjoint/models";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint, expectNear } from "./support/checkpoint.ts";

const size = 16;

const linear = (
  path: WeightRule["path"],
  name: string,
  shape: readonly [number, number],
): WeightRule[] => [
  { path: [...path, "kernel"], shape, name: `${name}.weight`, transposed: true },
  { path: [...path, "bias"], shape: [shape[1]], name: `${name}.bias` },
];

const norm = (path: WeightRule["path"], name: string): WeightRule[] => [
  { path: [...path, "scale"], shape: [size], name: `${name}.weight` },
  { path: [...path, "bias"], shape: [size], name: `${name}.bias` },
];

/** PyTorch has the projections of queries, keys and values in one. */
const attention = (path: WeightRule["path"], name: string): WeightRule[] => [
  ...["q", "k", "v"].flatMap((part, i): WeightRule[] => {
    const slice = { axis: 0, start: i * size, size };
    return [
      {
        path: [...path, part, "kernel"],
        shape: [size, size],
        name: `${name}.in_proj_weight`,
        transposed: true,
        slice,
      },
      { path: [...path, part, "bias"], shape: [size], name: `${name}.in_proj_bias`, slice },
    ];
  }),
  ...linear([...path, "projection"], `${name}.out_proj`, [size, size]),
];

const side = (which: "encoder" | "decoder"): WeightRule[] => [
  ...[0, 1].flatMap((i) => {
    const [path, name] = [[which, "blocks", i], `transformer.${which}.layers.${i}`];
    const isDecoder = which === "decoder";
    return [
      ...attention([...path, "attention"], `${name}.self_attn`),
      ...norm([...path, "attentionNorm"], `${name}.norm1`),
      ...(isDecoder ? attention([...path, "cross"], `${name}.multihead_attn`) : []),
      ...(isDecoder ? norm([...path, "crossNorm"], `${name}.norm2`) : []),
      ...linear([...path, "mlp", "layers", 0], `${name}.linear1`, [size, 24]),
      ...linear([...path, "mlp", "layers", 1], `${name}.linear2`, [24, size]),
      ...norm([...path, "mlpNorm"], `${name}.norm${isDecoder ? 3 : 2}`),
    ];
  }),
  ...norm([which, "finalNorm"], `transformer.${which}.norm`),
];

const transformerMap: WeightMap = {
  rules: [
    { path: ["wte", "table"], shape: [37, size], name: "embed.weight" },
    ...side("encoder"),
    ...side("decoder"),
  ],
  prefix: "",
  ignored: /^$/,
};

type Setup = { readonly config: Seq2SeqConfig; readonly map: WeightMap };

const setupOf = (name: string): Setup => {
  if (name === "transformer") {
    const sizes = { vocabSize: 37, nEmbd: size, nLayer: 2, nHead: 4, hidden: 24 };
    return { config: transformerConfig({ ...sizes, finalNorm: true }), map: transformerMap };
  }
  const config = t5.configFromJson(checkpoint(name).config);
  if (config._tag === "Left") throw config.left;
  return { config: config.right, map: t5.weights(config.right) };
};

const load = async (name: string): Promise<Setup & { readonly params: Seq2SeqParams }> => {
  const setup = setupOf(name);
  const params = await loadParams<Seq2SeqParams>(setup.map, checkpoint(name).source);
  if (params._tag === "Left") throw params.left;
  return { ...setup, params: params.right };
};

const int = (x: Tensor): Tensor => x.cast("int32");

/** T5 begins with the padding token and shifts the labels. */
const targetOf = (name: string, expected: (key: string) => Tensor): Tensor => {
  if (name === "transformer") return int(expected("target"));
  const labels = int(expected("labels"));
  const [rows = 0, length = 0] = labels.shape;
  const start = zeros([rows, 1], { dtype: "int32" });
  return concatenate([start, labels.slice([0, 0], [rows, length - 1])], 1);
};

const names = ["t5", "t5-gated", "transformer"];

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend,
  onnx: async () => createOnnxBackend(),
};

describe.each(Object.keys(backends))("on the %s backend", (which) => {
  beforeAll(async () => setBackend(await backends[which]!()));
  afterAll(() => setBackend(referenceBackend));

  it.each(names)("%s gives the scores, the loss and every gradient", async (name) => {
    const { expected, gradients } = checkpoint(name);
    const { config, map, params } = await load(name);
    const [source, target, labels] = [
      int(expected("source")),
      targetOf(name, expected),
      int(expected("labels")),
    ];
    const options = { sourceValid: expected("mask").cast("bool") };
    const scores = jit((p: Seq2SeqParams) => seq2seq.apply(p, source, target, config, options));
    expectNear(await scores(params).data(), await expected("logits").data(), "logits");
    const loss = (p: Seq2SeqParams): Tensor =>
      seq2seq.loss(p, source, target, labels, config, options);
    expectNear(await loss(params).data(), await expected("loss").data(), "loss");
    const stored = await saveParams(map, jit(grad(loss))(params));
    expect([...stored.keys()].toSorted()).toEqual(gradients.toSorted());
    for (const key of gradients)
      expectNear(stored.get(key)!.data, await expected(`grad.${key}`).data(), key);
  });

  it.each(["t5", "t5-gated"])("%s writes what generate does, from a cache", async (name) => {
    const { expected } = checkpoint(name);
    const { config, params } = await load(name);
    const want = await int(expected("generated")).toArray();
    const memory = seq2seq.encode(params, int(expected("source")), config, {
      sourceValid: expected("mask").cast("bool"),
    });
    let cache = seq2seq.cache(config, { lead: [2], capacity: 11 });
    let tokens = [0, 0];
    const rows: number[][] = [[0], [0]];
    for (let i = 0; i < 10; i++) {
      const next = tensor(
        tokens.map((t) => [t]),
        { dtype: "int32" },
      );
      const [scores, longer] = seq2seq.decodeCached(params, memory, cache, next, config);
      cache = longer as typeof cache;
      tokens = Array.from(await argmax(scores.squeeze(1), -1).data());
      tokens.forEach((t, row) => rows[row]!.push(t));
    }
    expect(rows).toEqual(want);
  });

  it("reads keys and values of the source that were made once", async () => {
    const { expected } = checkpoint("t5");
    const { config, params } = await load("t5");
    const options = { sourceValid: expected("mask").cast("bool") };
    const memory = seq2seq.encode(params, int(expected("source")), config, options);
    const { vectors, valid, heads = [] } = memory;
    const cache = seq2seq.cache(config, { lead: [2], capacity: 4 });
    const target = tensor(
      [
        [0, 5],
        [0, 9],
      ],
      { dtype: "int32" },
    );
    const [made] = seq2seq.decodeCached(params, { vectors, valid }, cache, target, config);
    // nothing but these is read
    const blank = { vectors: vectors.mul(Number.NaN), heads, valid };
    const [read] = seq2seq.decodeCached(params, blank, cache, target, config);
    expectNear(await read.data(), await made.data(), "scores");
  });
});

describe("a checkpoint", () => {
  it.each(names)("of %s is saved as it was loaded", async (name) => {
    const { map, params } = await load(name);
    const stored = await saveParams(map, params);
    for (const [key, array] of stored) expect(array, key).toEqual(checkpoint(name).arrays.get(key));
  });

  it.each(["t5", "t5-gated"])("of %s has a config.json that says what was read", (name) => {
    const { config } = setupOf(name);
    const again = t5.configFromJson(t5.configToJson(config));
    expect(again._tag === "Right" && again.right).toEqual(config);
  });
});
