import { fromData, tensor, type Tensor } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { gpt, gptConfig } from "@adjoint/nn";
import { sgd } from "@adjoint/optim";
import { type Batch, disjointWindows, evaluateLoss, pretrain } from "@adjoint/recipes";
import { expect, test } from "vitest";

const config = gptConfig({ vocabSize: 7, blockSize: 5, nLayer: 1, nHead: 1, nEmbd: 4 });
const recipe = pretrain({
  loss: (params: ReturnType<typeof gpt.init>, { inputs, targets }: Batch) =>
    gpt.loss(params, inputs, targets, { ...config, ignoreIndex: -1 }),
  optimizer: sgd({ learningRate: 0.1 }),
});
const params = gpt.init(key(0), config);
const tokens = Int32Array.from({ length: 83 }, (_, i) => (i * i) % 7);

test("the size of batches does not change the mean", async () => {
  const losses = [];
  for (const batchSize of [1, 3, 16, 100])
    losses.push(
      await evaluateLoss(
        (batch) => recipe.evaluate(params, batch),
        disjointWindows(tokens, { batchSize, blockSize: 5 }),
      ),
    );
  for (const loss of losses) expect(loss).toBeCloseTo(losses[0] ?? Number.NaN, 6);
  expect(losses[0]).toBeCloseTo(Math.log(7), 1);
});

const batchOf = (targets: readonly number[]): Batch => {
  const data = fromData(Int32Array.from(targets), [1, targets.length]);
  return { inputs: data, targets: data };
};

test("batches without targets do not count, nor are they computed", async () => {
  const seen: Batch[] = [];
  const loss = (batch: Batch): Tensor => {
    seen.push(batch);
    return tensor(3);
  };
  const batches = [batchOf([-1, -1]), batchOf([2, -1])];
  expect(await evaluateLoss(loss, batches)).toBe(3);
  expect(seen).toEqual([batches[1]]);
});

test("nothing to evaluate is an error", async () => {
  await expect(evaluateLoss(() => tensor(0), [])).rejects.toThrow("at least one target");
  await expect(evaluateLoss(() => tensor(0), [batchOf([-1])])).rejects.toThrow(
    "at least one target",
  );
});

test("a NaN loss is seen", async () => {
  expect(await evaluateLoss(() => tensor(Number.NaN), [batchOf([1])])).toBeNaN();
});
