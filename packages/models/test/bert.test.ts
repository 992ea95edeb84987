import { createOnnxBackend } from "@adjoint/backend-onnx";
import { grad, jit, referenceBackend, setBackend, type Tensor, tensor } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { key } from "@adjoint/core/random";
import {
  bert,
  type BertConfig,
  bertConfig,
  bertConfigFromJson,
  bertConfigToJson,
  type BertHeads,
  bertHeads,
  type BertParams,
  bertWeights,
  loadParams,
  type MaskedWordParams,
  saveParams,
} from "@adjoint/models";
import { crossEntropy, linear, type LinearParams } from "@adjoint/nn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint, expectNear } from "./support/checkpoint.ts";

/** Everything that the checkpoints of the fixtures hold. */
type Params = {
  readonly encoder: BertParams;
  readonly maskedWord: MaskedWordParams;
  readonly pooler: LinearParams;
  readonly nextSentence: LinearParams;
  readonly classifier: LinearParams;
  readonly answers: LinearParams;
};

type Results = Readonly<Record<string, Tensor>>;
type Expected = (name: string) => Tensor;

/** One column of scores (..., 2). */
const column = (x: Tensor, i: number): Tensor =>
  x.slice([0, 0, i], [...x.shape.slice(0, -1), i + 1]).squeeze(-1);

type Head = {
  readonly heads: BertHeads;
  readonly results: (params: Params, hidden: Tensor, config: BertConfig) => Results;
  readonly loss: (results: Results, expected: Expected) => Tensor;
};

const ids = (expected: Expected, name: string): Tensor => expected(name).cast("int32");

const heads: Readonly<Record<string, Head>> = {
  bert: {
    heads: bertHeads.preTraining,
    results: (params, hidden, config) => ({
      prediction_logits: bert.maskedWord(params.maskedWord, params.encoder, hidden, config),
      seq_relationship_logits: linear.apply(params.nextSentence, bert.pool(params.pooler, hidden)),
    }),
    loss: ({ prediction_logits, seq_relationship_logits }, expected) =>
      crossEntropy(prediction_logits!, ids(expected, "labels"), { ignoreIndex: -100 }).add(
        crossEntropy(seq_relationship_logits!, ids(expected, "next_sentence_label")),
      ),
  },
  "bert-classes": {
    heads: bertHeads.sequenceClassification(3),
    results: ({ pooler, classifier }, hidden) => ({
      logits: linear.apply(classifier, bert.pool(pooler, hidden)),
    }),
    loss: ({ logits }, expected) => crossEntropy(logits!, ids(expected, "labels")),
  },
  "bert-tokens": {
    heads: bertHeads.tokenClassification(3),
    results: ({ classifier }, hidden) => ({ logits: linear.apply(classifier, hidden) }),
    loss: ({ logits }, expected) => crossEntropy(logits!, ids(expected, "labels")),
  },
  "bert-answers": {
    heads: bertHeads.questionAnswering,
    results: ({ answers }, hidden) => {
      const scores = linear.apply(answers, hidden); // (B, T, 2)
      return { start_logits: column(scores, 0), end_logits: column(scores, 1) };
    },
    loss: ({ start_logits, end_logits }, expected) =>
      crossEntropy(start_logits!, ids(expected, "start_positions"))
        .add(crossEntropy(end_logits!, ids(expected, "end_positions")))
        .div(2),
  },
};

const load = async (
  name: string,
): Promise<{ readonly config: BertConfig; readonly params: Params }> => {
  const { config: json, source } = checkpoint(name);
  const config = bertConfigFromJson(json);
  if (config._tag === "Left") throw config.left;
  const params = await loadParams<Params>(bertWeights(config.right, heads[name]!.heads), source);
  if (params._tag === "Left") throw params.left;
  return { config: config.right, params: params.right };
};

const run = (name: string, params: Params, config: BertConfig, expected: Expected): Results => {
  const options = { typeIds: ids(expected, "types"), valid: expected("mask").cast("bool") };
  const hidden = bert.apply(params.encoder, ids(expected, "ids"), config, options);
  return heads[name]!.results(params, hidden, config);
};

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend,
  onnx: async () => createOnnxBackend(),
};

describe.each(Object.keys(backends))("on the %s backend", (which) => {
  beforeAll(async () => setBackend(await backends[which]!()));
  afterAll(() => setBackend(referenceBackend));

  it.each(Object.keys(heads))(
    "%s gives the scores, loss and gradients of transformers",
    async (name) => {
      const { expected, gradients } = checkpoint(name);
      const { config, params } = await load(name);
      const results = jit((p: Params) => run(name, p, config, expected))(params);
      for (const [key, value] of Object.entries(results))
        expectNear(await value.data(), await expected(key).data(), key);
      const loss = (p: Params): Tensor =>
        heads[name]!.loss(run(name, p, config, expected), expected);
      expectNear(await loss(params).data(), await expected("loss").data(), "loss");
      const slopes = jit(grad(loss))(params);
      const stored = await saveParams(bertWeights(config, heads[name]!.heads), slopes);
      expect([...stored.keys()].toSorted()).toEqual(gradients.toSorted());
      for (const key of gradients)
        expectNear(stored.get(key)!.data, await expected(`grad.${key}`).data(), key);
    },
  );
});

describe("BERT", () => {
  it.each(Object.keys(heads))("%s is saved as it was loaded", async (name) => {
    const { config, params } = await load(name);
    const stored = await saveParams(bertWeights(config, heads[name]!.heads), params);
    const { arrays } = checkpoint(name);
    expect([...stored.keys()].toSorted()).toEqual([...arrays.keys()].toSorted());
    for (const [key, array] of stored) expect(array, key).toEqual(arrays.get(key));
  });

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
