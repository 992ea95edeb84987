import { createOnnxBackend } from "@adjoint/backend-onnx";
import { argmax, referenceBackend, setBackend, tensor } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { saveParams, seq2seq, t5 } from "@adjoint/models";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint, expectNear } from "./support/checkpoint.ts";
import { expectSeq2Seq, int, load, setupOf } from "./support/seq2seq-cases.ts";

const names = ["t5", "t5-gated", "transformer"];

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend,
  onnx: async () => createOnnxBackend(),
};

describe.each(Object.keys(backends))("on the %s backend", (which) => {
  beforeAll(async () => setBackend(await backends[which]!()));
  afterAll(() => setBackend(referenceBackend));

  it.each(names)("%s gives the scores, the loss and every gradient", expectSeq2Seq);

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
    // without them other vectors are read
    const [other] = seq2seq.decodeCached(params, { vectors: blank.vectors, valid }, cache, target, config); // prettier-ignore
    expect(Number.isNaN((await other.data())[0])).toBe(true);
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
