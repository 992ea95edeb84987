import { createOnnxBackend } from "@adjoint/backend-onnx";
import { referenceBackend, setBackend, tensor } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { key } from "@adjoint/core/random";
import {
  bert,
  bertConfig,
  bertConfigFromJson,
  bertConfigToJson,
  bertWeights,
  saveParams,
} from "@adjoint/models";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectBert, heads, load } from "./support/bert-cases.ts";
import { checkpoint } from "./support/checkpoint.ts";

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
