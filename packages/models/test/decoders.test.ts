import { createOnnxBackend } from "@adjoint/backend-onnx";
import { referenceBackend, setBackend, tensor } from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import { decoder, saveParams } from "@adjoint/models";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint } from "./support/checkpoint.ts";
import { continued, expectDecoder, families, greedy, int, load } from "./support/decoder-cases.ts";
import { must } from "./support/expect-case.ts";

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend,
  onnx: async () => createOnnxBackend(),
};

/** Those that compute nothing that others do not. */
const likeOthers = ["gpt2-untied", "qwen2"];

describe.each(Object.keys(backends))("on the %s backend", (which) => {
  beforeAll(async () => setBackend(await backends[which]!()));
  afterAll(() => setBackend(referenceBackend));

  const names = Object.keys(families);
  const own = which === "reference" ? names : names.filter((name) => !likeOthers.includes(name));

  describe.each(own)("%s", (name) => {
    it("gives the scores, the loss and every gradient of transformers", () => expectDecoder(name));

    it("continues as generate does, with a cache and without one", async () => {
      const { expected } = checkpoint(name);
      const loaded = await load(name);
      const all = int(expected("generated"));
      const prompt = all.slice([0, 0], [1, 4]);
      const want = Array.from(await all.slice([0, 4], [1, all.shape[1]!]).data());
      expect(await continued(loaded, prompt, want.length)).toEqual([want]);
      let ids = Array.from(await prompt.data());
      for (let i = 0; i < want.length; i++) {
        const x = tensor([ids], { dtype: "int32" });
        ids = [...ids, ...(await greedy(decoder.apply(loaded.params, x, loaded.config)))];
      }
      // keys in a cache keep the frequencies of the length that they were made at: transformers differs from itself here too
      const isDynamic = name === "llama-dynamic";
      const whole = int(expected(isDynamic ? "generatedWhole" : "generated"));
      expect(ids).toEqual(Array.from(await whole.data()));
      expect(ids.slice(4).join() === want.join()).toBe(!isDynamic);
    });

    it("continues rows that are padded on the left", async () => {
      const { expected } = checkpoint(name);
      const loaded = await load(name);
      const [padded, mask, all] = ["padded", "paddedMask", "paddedGenerated"].map((key) =>
        int(expected(key)),
      );
      const [rows = 0, length = 0] = padded!.shape;
      const want = await all!.slice([0, length], [rows, all!.shape[1]!]).toArray();
      expect(await continued(loaded, padded!, all!.shape[1]! - length, mask)).toEqual(want);
    });
  });
});

describe.each(Object.keys(families))("a checkpoint of %s", (name) => {
  it("is saved as it was loaded", async () => {
    const { arrays } = checkpoint(name);
    const { config, params } = await load(name);
    const stored = await saveParams(families[name]!.weights(config), params);
    expect([...stored.keys()].toSorted()).toEqual([...arrays.keys()].toSorted());
    for (const [key, array] of stored) expect(array, key).toEqual(arrays.get(key));
  });

  it("has a config.json that says what was read", () => {
    const family = families[name]!;
    const config = must(family.configFromJson(checkpoint(name).config));
    const written = JSON.parse(JSON.stringify(family.configToJson(config))) as Readonly<
      Record<string, unknown>
    >;
    expect(must(family.configFromJson(written))).toEqual(config);
    const { config: original } = checkpoint(name);
    for (const [key, value] of Object.entries(written))
      if ((original[key] ?? null) !== null && key !== "rope_parameters")
        expect([key, value]).toEqual([key, original[key]]);
  });
});
