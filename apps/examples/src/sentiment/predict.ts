import { jit, softmax, type Tensor } from "@adjoint/core";
import type { BertConfig } from "@adjoint/models";
import { classBatch, type ClassExample } from "./class-batches.ts";
import { classScores, type ModelParams } from "./model.ts";

const batchSize = 64;

/** A function from parameters and examples to P(praise) of each, in their order. */
export const predictor = (
  config: BertConfig,
): ((params: ModelParams, examples: readonly ClassExample[]) => Promise<readonly number[]>) => {
  const run = jit((params: ModelParams, ids: Tensor, types: Tensor, valid: Tensor) =>
    softmax(classScores(params, { ids, types, valid }, config)),
  );
  return async (params, examples) => {
    const byLength = examples
      .map((example, place) => ({ example, place }))
      .sort((a, b) => a.example.ids.length - b.example.ids.length);
    const praise = Array.from(examples, () => 0);
    for (let first = 0; first < byLength.length; first += batchSize) {
      const rows = byLength.slice(first, first + batchSize);
      const batch = await classBatch(
        rows.map(({ example }) => example),
        0,
        { seed: 0, batchSize, hidden: 0 },
      );
      const found = await run(params, batch.ids, batch.types, batch.valid).data();
      rows.forEach(({ place }, row) => {
        praise[place] = found[2 * row + 1] ?? 0;
      });
    }
    return praise;
  };
};
