import { createOnnxBackend } from "@adjoint/backend-onnx";
import { referenceBackend, setBackend, tensor } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { key } from "@adjoint/core/random";
import {
  bert,
  bertConfig,
  bertConfigFromJson,
  bertConfigToJson,
  bertHeads,
  distilbert,
  loadParams,
  roberta,
  saveParams,
} from "@adjoint/models";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectBert, heads, load, mapOf, writtenOf } from "./support/bert-cases.ts";
import { checkpoint, expectNear, sourceOf } from "./support/checkpoint.ts";
import { must } from "./support/expect-case.ts";

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend,
  onnx: async () => createOnnxBackend(),
};

describe.each(Object.keys(backends))("on the %s backend", (which) => {
  beforeAll(async () => setBackend(await backends[which]!()));
  afterAll(() => setBackend(referenceBackend));

  it.each(Object.keys(heads))(
    "%s gives the scores, loss and gradients of transformers",
    expectBert,
  );
});

describe("BERT", () => {
  it.each(Object.keys(heads))("%s is saved as it was loaded", async (name) => {
    const { config, params } = await load(name);
    const stored = await saveParams(mapOf(name, config), params);
    const { arrays } = checkpoint(name);
    // transformers stores a second bias beside untied scores, which nothing reads
    const read = [...arrays.keys()].filter((key) => !mapOf(name, config).ignored.test(key));
    expect([...stored.keys()].toSorted()).toEqual(read.toSorted());
    for (const [key, array] of stored) expect(array, key).toEqual(arrays.get(key));
  });

  /** The parameters in a checkpoint of the fixtures whose arrays have other names. */
  const loadRenamed = async (
    name: string,
    rename: (key: string) => string,
  ): Promise<Awaited<ReturnType<typeof loadParams<object>>>> => {
    const { config } = await load(name);
    const arrays = [...checkpoint(name).arrays].map(
      ([key, array]) => [rename(key), array] as const,
    );
    return loadParams<object>(mapOf(name, config), sourceOf(new Map(arrays)));
  };

  it.each(["bert", "roberta"])(
    "%s is read with gamma and beta, whole or its body",
    async (name) => {
      const old = (key: string): string =>
        key.replace(/LayerNorm\.(weight|bias)$/, (_, part) =>
          part === "weight" ? "LayerNorm.gamma" : "LayerNorm.beta",
        );
      const { config, params } = await load(name);
      const again = must(await loadRenamed(name, old));
      const [stored, restored] = [params, again].map((own) => saveParams(mapOf(name, config), own));
      expect(await restored).toEqual(await stored);
      const body = must(
        await loadRenamed(name, (key) => old(key).replace(/^(bert|roberta)\./, "")),
      );
      expect(await saveParams(mapOf(name, config), body)).toEqual(await stored);
    },
  );

  it("is not read with two names of a norm at once", async () => {
    const result = await loadRenamed("bert", (key) =>
      key.replace("0.attention.output.LayerNorm.bias", "0.output.LayerNorm.beta"),
    );
    expect(result._tag === "Left" && result.left.problems).toEqual([
      "bert.encoder.layer.0.attention.output.LayerNorm.bias: missing",
      "bert.encoder.layer.0.output.LayerNorm.beta: unknown to the model",
    ]);
  });

  it.each(["bert-untied", "roberta-untied"])(
    "%s is read where its two biases are one array",
    async (name) => {
      const { config, params } = await load(name);
      const again = must(await loadRenamed(name, (key) => key.replace("decoder.bias", "bias")));
      const map = mapOf(name, config);
      expect(await saveParams(map, again)).toEqual(await saveParams(map, params));
    },
  );

  it("writes the config.json that it reads", () => {
    const config = bertConfigFromJson(checkpoint("bert").config);
    expect(bertConfigFromJson(config._tag === "Right" && bertConfigToJson(config.right))).toEqual(
      config,
    );
    const wrong = bertConfigFromJson({ ...checkpoint("bert").config, num_attention_heads: 3 });
    expect(wrong._tag === "Left" && wrong.left.problems).toEqual([
      "num_attention_heads: must divide hidden_size",
    ]);
  });

  it.each([
    ["roberta", roberta],
    ["distilbert", distilbert],
  ] as const)("%s writes the config.json that it reads, and no other's", (name, family) => {
    const { config: json } = checkpoint(name);
    const config = family.configFromJson(json);
    if (config._tag === "Left") throw config.left;
    const written = family.configToJson(config.right, family.heads.maskedLm);
    expect(family.configFromJson(written)).toEqual(config);
    for (const [key, value] of Object.entries(written))
      expect([key, value]).toEqual([key, json[key]]);
    expect(() => bertConfigToJson(config.right)).toThrow(
      name === "roberta" ? /padId: 1 reads back as nothing/ : /type_vocab_size: Too small/,
    );
    const { padId: _, ...plain } = config.right;
    expect(() => family.configToJson({ ...plain, typeCount: 2 })).toThrow(
      name === "roberta" ? /padId: nothing reads back as 1/ : /typeCount: 2 reads back as 0/,
    );
    const refused = bertConfigFromJson(json);
    expect(refused._tag === "Left" && refused.left.problems).toContain(
      'model_type: only "bert" can be loaded',
    );
  });

  it.each(Object.keys(heads))("%s is written with its class and its labels", async (name) => {
    const { config: json } = checkpoint(name);
    const { config } = await load(name);
    const written = writtenOf(name, config);
    const hasLabels = heads[name]!.heads.labels !== undefined;
    expect("id2label" in written).toBe(hasLabels);
    const labels = hasLabels ? ["id2label", "label2id"] : [];
    for (const field of ["architectures", "tie_word_embeddings", ...labels])
      expect([field, written[field]]).toEqual([field, json[field]]);
  });

  it("is written with the names of its classes, and as the plain model without heads", () => {
    const config = bertConfig({ vocabSize: 9, contextLength: 4, nEmbd: 8, nLayer: 1, nHead: 2 });
    const labels = bertHeads.tokenClassification(["O", "B-PER"]);
    expect(labels.linear).toEqual([{ path: "classifier", name: "classifier", outputs: 2 }]);
    expect(bertConfigToJson(config, labels)).toMatchObject({
      architectures: ["BertForTokenClassification"],
      id2label: { 0: "O", 1: "B-PER" },
      label2id: { O: 0, "B-PER": 1 },
    });
    for (const own of [undefined, bertHeads.encoder])
      expect(bertConfigToJson(config, own)["architectures"]).toEqual(["BertModel"]);
    expect(bertConfigToJson(config, { maskedWord: true, pooler: true })).not.toHaveProperty(
      "architectures",
    );
  });

  it("makes a head of its own for masked words, and refuses that of another configuration", () => {
    const sizes = { vocabSize: 9, contextLength: 4, nEmbd: 8, nLayer: 1, nHead: 2 };
    const [tied, untied] = [bertConfig(sizes), bertConfig({ ...sizes, tiedHead: false })];
    const params = bert.init(key(0), tied);
    const hidden = bert.apply(params, tensor([[1, 2]], { dtype: "int32" }), tied);
    const head = bert.initMaskedWord(key(1), untied);
    expect(head.kernel?.shape).toEqual([8, 9]);
    expect(bert.maskedWord(head, params, hidden, untied).shape).toEqual([1, 2, 9]);
    expect(() => bert.maskedWord(head, params, hidden, tied)).toThrow(
      "has no parameter params.kernel",
    );
    const plain = bert.initMaskedWord(key(1), tied);
    expect(() => bert.maskedWord(plain, params, hidden, untied)).toThrow(
      "needs a tensor [8,9] at params.kernel",
    );
    const { tiedHead: _, ...absent } = tied;
    expect(bertConfigToJson(absent)).toEqual(bertConfigToJson(tied));
  });

  it("counts the places of RoBERTa without padding, wherever that is", async () => {
    const sizes = { vocabSize: 9, contextLength: 4, nEmbd: 8, nLayer: 1, nHead: 2, padId: 1 };
    const config = bertConfig(sizes);
    const params = bert.init(key(0), config);
    expect(params.embeddings.position.table.shape).toEqual([6, 8]);
    const of = async (...row: readonly number[]): Promise<readonly number[]> => {
      const x = tensor([row], { dtype: "int32" });
      const real = (await x.notEqual(1).flatten().toArray()) as readonly boolean[];
      const all = await bert
        .apply(params, x, config, { valid: x.notEqual(1) })
        .squeeze(0)
        .toArray();
      return (all as readonly (readonly number[])[]).filter((_, i) => real[i]).flat();
    };
    expectNear(await of(1, 1, 5, 7), await of(5, 7), "vectors");
    expectNear(await of(5, 1, 7), await of(5, 7), "vectors");
  });

  it("drops with a key, the same for the same key, and nothing without one", async () => {
    const config = bertConfig({
      vocabSize: 9,
      contextLength: 8,
      nEmbd: 8,
      nLayer: 2,
      nHead: 2,
      dropout: 0.5,
    });
    const params = bert.init(key(0), config);
    const x = tensor([[1, 2, 3]], { dtype: "int32" });
    const of = (k?: ReturnType<typeof key>): Promise<unknown> =>
      bert.apply(params, x, config, { key: k }).toArray();
    expect(await of(key(1))).toEqual(await of(key(1)));
    expect(await of(key(1))).not.toEqual(await of(key(2)));
    expect(await of()).toEqual(await of());
    expect(await of()).not.toEqual(await of(key(1)));
  });
});
