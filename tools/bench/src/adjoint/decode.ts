// Greedy decoding of a Llama with a cache: the prompt in one call, then token by token, each read as it comes.
import { argmax, jit, type Tensor, tensor } from "@adjoint/core";
import { decoder, type DecoderCache, type DecoderParams, llama, loadParams } from "@adjoint/models";
import type { Create } from "../engine/engine.ts";
import { hashedTokens } from "../model/hashed.ts";
import { useBackend } from "./backend.ts";
import { hashedWeights } from "./models/hashed-weights.ts";
import { must } from "./models/learnable.ts";

export const create: Create = async (task, variant) => {
  if (task.kind !== "decode") throw new Error("decode only");
  await useBackend(variant);
  const { prompt, newTokens } = task.case;
  const config = must(llama.configFromJson(task.case.config));
  const map = llama.weights(config);
  const params = must(await loadParams<DecoderParams>(map, hashedWeights(map)));
  const next = jit(
    (weights: DecoderParams, cache: DecoderCache, ids: Tensor) => {
      const [logits, longer] = decoder.applyCached(weights, cache, ids, config);
      const [, length = 1, vocab = 1] = logits.shape;
      const last = logits.slice([0, length - 1, 0], [1, length, vocab]).reshape([1, vocab]);
      return [argmax(last, -1).cast("int32").reshape([1, 1]), longer] as const;
    },
    { donateArgnums: [1], name: "nextToken" },
  );
  const ids = tensor(hashedTokens(prompt, 1000, config.vocabSize), { shape: [1, prompt] });
  const generate = async (): Promise<number> => {
    let sum = 0;
    let [token, cache] = next(
      params,
      decoder.cache(config, { lead: [1], capacity: prompt + newTokens }),
      ids,
    );
    for (let i = 1; i < newTokens; i++) {
      sum += Number(await token.item());
      [token, cache] = next(params, cache, token);
    }
    return sum + Number(await token.item());
  };
  return {
    run: async (count) => {
      let check = 0;
      for (let i = 0; i < count; i++) check = await generate();
      return { loss: check };
    },
  };
};
