import { createOnnxBackend } from "@adjoint/backend-onnx";
import {
  argmax,
  concatenate,
  cumsum,
  grad,
  jit,
  maximum,
  referenceBackend,
  setBackend,
  type Tensor,
  tensor,
  zeros,
} from "@adjoint/core";
import type { Backend } from "@adjoint/core/backend";
import {
  decoder,
  type DecoderConfig,
  type DecoderFamily,
  type DecoderParams,
  deepseek,
  gpt2,
  llama,
  loadParams,
  mistral,
  mixtral,
  nanochat,
  qwen3,
  saveParams,
} from "@adjoint/models";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpoint, expectNear } from "./support/checkpoint.ts";

const families: Readonly<Record<string, DecoderFamily>> = {
  gpt2,
  llama,
  llama3: llama,
  "llama-yarn": llama,
  "llama-dynamic": llama,
  mistral,
  mixtral,
  deepseek,
  qwen3,
  nanochat,
};

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  reference: async () => referenceBackend,
  onnx: async () => createOnnxBackend(),
};

const must = <E, A>(
  either:
    | { readonly _tag: "Left"; readonly left: E }
    | { readonly _tag: "Right"; readonly right: A },
): A => {
  if (either._tag === "Left") throw either.left;
  return either.right;
};

type Loaded = { readonly config: DecoderConfig; readonly params: DecoderParams };

const load = async (name: string): Promise<Loaded> => {
  const { config: json, source } = checkpoint(name);
  const family = families[name]!;
  const config = must(family.configFromJson(json));
  const params = must(await loadParams<DecoderParams>(family.weights(config), source));
  return { config, params };
};

const int = (x: Tensor): Tensor => x.cast("int32");

/** As transformers has it: every token goes in, and the last has no target. */
const lossOf = (params: DecoderParams, ids: Tensor, config: DecoderConfig): Tensor => {
  const [rows = 0, length = 0] = ids.shape;
  const end = zeros([rows, 1], { dtype: "int32" }).sub(100);
  const targets = concatenate([ids.slice([0, 1], [rows, length]), end], 1);
  return decoder.loss(params, ids, targets, config, { ignoreIndex: -100 });
};

const greedy = async (logits: Tensor): Promise<readonly number[]> => {
  const last = logits.slice([0, logits.shape[1]! - 1, 0], [...logits.shape]);
  return Array.from(await argmax(last.reshape([logits.shape[0]!, -1]), -1).data());
};

/** Continues ids (B, T) with a cache, one token after the other. */
const continued = async (
  { config, params }: Loaded,
  ids: Tensor,
  count: number,
  mask?: Tensor,
): Promise<readonly (readonly number[])[]> => {
  const [batch = 1, length = 0] = ids.shape;
  const run = jit(
    (
      own: DecoderParams,
      cache: ReturnType<typeof decoder.cache>,
      next: Tensor,
      positionIds: Tensor,
      valid: Tensor,
    ) => decoder.applyCached(own, cache, next, config, { positionIds, valid }),
  );
  const valid = (mask ?? ids.mul(0).add(1)).cast("bool");
  const counts = Array.from(await valid.cast("int32").sum(-1).data());
  const first = maximum(cumsum(valid.cast("int32"), -1).sub(1), 0);
  let [logits, cache] = run(
    params,
    decoder.cache(config, { lead: [batch], capacity: length + count }),
    ids,
    first,
    valid,
  );
  const rows: number[][] = Array.from({ length: batch }, () => []);
  for (let step = 0; step < count; step++) {
    const tokens = await greedy(logits);
    tokens.forEach((token, row) => rows[row]!.push(token));
    const positions = counts.map((n) => [n + step]);
    [logits, cache] = run(
      params,
      cache,
      tensor(
        tokens.map((t) => [t]),
        { dtype: "int32" },
      ),
      tensor(positions, { dtype: "int32" }),
      tensor(tokens.map(() => [true])),
    );
  }
  return rows;
};

describe.each(Object.keys(backends))("on the %s backend", (which) => {
  beforeAll(async () => setBackend(await backends[which]!()));
  afterAll(() => setBackend(referenceBackend));

  describe.each(Object.keys(families))("%s", (name) => {
    it("gives the logits and the loss of transformers", async () => {
      const { expected } = checkpoint(name);
      const { config, params } = await load(name);
      const ids = int(expected("ids"));
      const logits = jit((p: DecoderParams, x: Tensor) => decoder.apply(p, x, config))(params, ids);
      expectNear(await logits.data(), await expected("logits").data(), "logits");
      const loss = lossOf(params, ids, config);
      expectNear(await loss.data(), await expected("loss").data(), "loss");
    });

    it("gives every gradient", async () => {
      const { expected, gradients } = checkpoint(name);
      const { config, params } = await load(name);
      const ids = int(expected("ids"));
      const loss = (p: DecoderParams): Tensor => lossOf(p, ids, config);
      const slopes = jit(grad(loss))(params);
      const stored = await saveParams(families[name]!.weights(config), slopes);
      expect([...stored.keys()].toSorted()).toEqual(gradients.toSorted());
      // DeepSeek's bias decides and gets no gradient: zero in both
      for (const key of gradients)
        expectNear(stored.get(key)!.data, await expected(`grad.${key}`).data(), key);
    });

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
