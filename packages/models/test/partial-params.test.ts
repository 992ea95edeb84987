import { ArgumentError, type Tensor } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import * as tree from "@adjoint/core/tree";
import {
  bert,
  bertConfigFromJson,
  bertHeads,
  type BertParams,
  bertWeights,
  distilbert,
  loadParams,
  loadPartialParams,
  type MaskedWordParams,
  PretrainedError,
  roberta,
} from "@adjoint/models";
import type { LinearParams } from "@adjoint/nn";
import { describe, expect, it } from "vitest";
import { load } from "./support/bert-cases.ts";
import { checkpoint, expectNear, sourceOf } from "./support/checkpoint.ts";
import { must } from "./support/expect-case.ts";

type Classifier = {
  readonly encoder: BertParams;
  readonly pooler: LinearParams;
  readonly classifier: LinearParams;
};

const { source, arrays, config: json, expected } = checkpoint("bert");
const config = must(bertConfigFromJson(json));
const classes = bertWeights(config, bertHeads.sequenceClassification(3));
const fresh = { classifier: bert.initHead(key(1), config, 3) };

const numbers = async (params: unknown): Promise<ReadonlyMap<string, unknown>> => {
  const leaves: (readonly [string, unknown])[] = [];
  for (const [i, path] of tree.paths(params as readonly Tensor[]).entries())
    leaves.push([path, await tree.leaves(params as readonly Tensor[])[i]!.toArray()]);
  return new Map(leaves);
};

/** What a refused checkpoint is refused for. */
const problemsOf = (
  result: Awaited<ReturnType<typeof loadPartialParams<object>>>,
): readonly string[] => {
  if (result._tag === "Right") throw new Error("it was taken");
  expect(result.left).toBeInstanceOf(PretrainedError);
  return result.left.problems;
};

const without = (gone: RegExp): ReturnType<typeof sourceOf> =>
  sourceOf(new Map([...arrays].filter(([name]) => !gone.test(name))));

const ofPretraining = [
  "cls.predictions.bias",
  "cls.predictions.transform.LayerNorm.bias",
  "cls.predictions.transform.LayerNorm.weight",
  "cls.predictions.transform.dense.bias",
  "cls.predictions.transform.dense.weight",
  "cls.seq_relationship.bias",
  "cls.seq_relationship.weight",
];

describe("a checkpoint of BERT's pretraining", () => {
  it("starts a classifier: its own heads are left out, the classifier is fresh", async () => {
    const strict = await loadParams(classes, source);
    expect(strict._tag === "Left" && strict.left.message).toContain("loadPartialParams");
    const { params, missing, unexpected } = must(
      await loadPartialParams<Classifier>(classes, source, { fresh }),
    );
    expect(missing).toEqual(["classifier.weight", "classifier.bias"]);
    expect(unexpected.toSorted()).toEqual(ofPretraining);
    const { encoder, pooler } = (await load("bert")).params;
    expect(await numbers(params)).toEqual(await numbers({ encoder, pooler, ...fresh }));
    expect(params.classifier.kernel).toBe(fresh.classifier.kernel);
  });

  it("gives its own parts where fresh ones are given too", async () => {
    const pooler = bert.initPooler(key(2), config);
    const loaded = must(
      await loadPartialParams<Classifier>(classes, source, { fresh: { ...fresh, pooler } }),
    );
    const { params } = await load("bert");
    expect(await numbers(loaded.params.pooler)).toEqual(await numbers(params.pooler));
  });

  it("fills masked words in as transformers does, without its other heads", async () => {
    type Masked = { readonly encoder: BertParams; readonly maskedWord: MaskedWordParams };
    const map = bertWeights(config, bertHeads.maskedLm);
    const { params, missing, unexpected } = must(await loadPartialParams<Masked>(map, source));
    expect(missing).toEqual([]);
    expect(unexpected.toSorted()).toEqual([
      "bert.pooler.dense.bias",
      "bert.pooler.dense.weight",
      "cls.seq_relationship.bias",
      "cls.seq_relationship.weight",
    ]);
    const of = (name: string): Tensor => expected(name).cast("int32");
    const options = { typeIds: of("types"), valid: expected("mask").cast("bool") };
    const hidden = bert.apply(params.encoder, of("ids"), config, options);
    const scores = bert.maskedWord(params.maskedWord, params.encoder, hidden, config);
    expectNear(await scores.data(), await expected("prediction_logits").data(), "scores");
  });

  it("gives fresh parts of the type that is asked for", async () => {
    const options = { fresh, dtype: "bfloat16" } as const;
    const { params } = must(await loadPartialParams<Classifier>(classes, source, options));
    expect(new Set(tree.leaves(params).map((x) => x.dtype))).toEqual(new Set(["bfloat16"]));
  });
});

describe("refused is", () => {
  it("a part that is missing and not fresh", async () => {
    expect(problemsOf(await loadPartialParams<object>(classes, source))).toEqual([
      "classifier.weight: missing, and fresh has no classifier",
      "classifier.bias: missing, and fresh has no classifier",
    ]);
  });

  it("a part of which some is missing, fresh or not", async () => {
    const hole = without(/layer\.1\.output\.dense\.bias|pooler\.dense\.bias/);
    const all = { ...fresh, encoder: bert.init(key(0), config), pooler: bert.initPooler(key(0), config) }; // prettier-ignore
    const result = await loadPartialParams<Classifier>(classes, hole, { fresh: all });
    expect(problemsOf(result)).toEqual([
      "bert.encoder.layer.1.output.dense.bias: missing, and encoder is there in part",
      "bert.pooler.dense.bias: missing, and pooler is there in part",
    ]);
  });

  it("an array of another shape, and a checkpoint of another model", async () => {
    const wide = bertWeights({ ...config, vocabSize: 40 }, bertHeads.sequenceClassification(3));
    expect(problemsOf(await loadPartialParams<Classifier>(wide, source, { fresh }))).toEqual([
      "bert.embeddings.word_embeddings.weight: [37,16], needs [40,16] for encoder.embeddings.word.table",
    ]);
    const all = { ...fresh, encoder: bert.init(key(0), config), pooler: bert.initPooler(key(0), config) }; // prettier-ignore
    const other = await loadPartialParams<Classifier>(classes, checkpoint("gpt2").source, {
      fresh: all,
    });
    expect(problemsOf(other)).toEqual(["the file: has none of the model's arrays"]);
  });

  it("fresh parameters of another shape, with an error thrown", async () => {
    const two = { classifier: bert.initHead(key(1), config, 2) };
    const loading = loadPartialParams<Classifier>(classes, source, { fresh: two });
    await expect(loading).rejects.toThrow(ArgumentError);
    await expect(loading).rejects.toThrow(
      "fresh.classifier.kernel must be a tensor [16,3], got [16,2]",
    );
  });
});

describe("the plain model", () => {
  it("of BERT is encoder and pooler, by names with and without the prefix", async () => {
    const plain = new Map([...arrays].filter(([name]) => name.startsWith("bert.")));
    const bare = new Map([...plain].map(([name, array]) => [name.slice("bert.".length), array]));
    const { encoder, pooler } = (await load("bert")).params;
    for (const own of [plain, bare]) {
      const params = must(await loadParams(bertWeights(config, bertHeads.encoder), sourceOf(own)));
      expect(await numbers(params)).toEqual(await numbers({ encoder, pooler }));
    }
  });

  it("of RoBERTa is encoder and pooler, of DistilBERT the encoder", async () => {
    const stored = checkpoint("roberta");
    const body = new Map(
      [...stored.arrays]
        .filter(([name]) => name.startsWith("roberta."))
        .map(([name, array]) => [name.slice("roberta.".length), array]),
    );
    const dense = (part: string) => stored.arrays.get(`lm_head.dense.${part}`)!;
    body.set("pooler.dense.weight", dense("weight")).set("pooler.dense.bias", dense("bias"));
    const { config: own, params } = await load("roberta");
    const loaded = must(await loadParams(roberta.weights(own, roberta.heads.encoder), sourceOf(body))); // prettier-ignore
    expect(await numbers(loaded)).toEqual(
      await numbers({ encoder: params.encoder, pooler: params.maskedWord.dense }),
    );

    const small = await load("distilbert");
    const map = distilbert.weights(small.config, distilbert.heads.encoder);
    const encoder = must(await loadPartialParams<object>(map, checkpoint("distilbert").source));
    expect(await numbers(encoder.params)).toEqual(await numbers({ encoder: small.params.encoder }));
  });
});
