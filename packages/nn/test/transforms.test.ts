import { checkpoint, grad, hvp, jit, jvp, tensor, type Tensor, vmap } from "@adjoint/core";
import { key, split } from "@adjoint/core/random";
import { assertAllclose } from "@adjoint/core/testing";
import * as tree from "@adjoint/core/tree";
import { block, type BlockParams, gpt, gptConfig, type GptParams } from "@adjoint/nn";
import { describe, expect, test } from "vitest";

const sizes = { vocabSize: 5, blockSize: 4, nLayer: 2, nHead: 2, nEmbd: 4 };
const ids = tensor([[0, 3, 1, 4]], { dtype: "int32" });
const targets = tensor([[3, 1, 4, 2]], { dtype: "int32" });

const toDouble = <P>(params: P): P => tree.map((x) => (x as Tensor).cast("float64"), params) as P;

describe.each([false, true])("a GPT with scanBlocks %s", (scanBlocks) => {
  const config = gptConfig({ ...sizes, scanBlocks });
  const loss = (p: GptParams): Tensor => gpt.loss(p, ids, targets, config);
  const params = toDouble(gpt.init(key(0), config));

  test("an ensemble: vmap over keys and parameters equals one model after the other", async () => {
    const keys = split(key(1), 3);
    const members = vmap((k: Tensor) => gpt.init(k, config))(keys);
    const losses = jit(vmap(loss))(members);
    expect(losses.shape).toEqual([3]);
    for (const i of [0, 1, 2]) {
      const own = gpt.init(keys.slice([i, 0], [i + 1, 2]).reshape([2]), config);
      await assertAllclose(losses.slice([i], [i + 1]).reshape([]), loss(own), { rtol: 1e-5 });
    }
  });

  test("gradients per example: vmap of grad adds up to the gradient of the sum", async () => {
    const both = tensor(
      [
        [0, 3, 1, 4],
        [2, 2, 0, 1],
      ],
      { dtype: "int32" },
    );
    const own = (p: GptParams, x: Tensor): Tensor => gpt.loss(p, x, x, config);
    const each = vmap(grad(own), { inAxes: [null, 0] })(params, both);
    const mean = grad(own)(params, both);
    await assertAllclose(
      tree.map((g) => (g as Tensor).mean(0), each),
      mean,
      { rtol: 1e-8, atol: 1e-12 },
    );
  });

  test("curvature: forward over reverse equals the difference of two gradients", async () => {
    const direction = tree.map((x) => (x as Tensor).sin().add(0.1), params) as GptParams;
    const moved = (h: number): GptParams =>
      tree.map((x, d) => (x as Tensor).add((d as Tensor).mul(h)), params, direction) as GptParams;
    const [above, below] = [grad(loss)(moved(1e-4)), grad(loss)(moved(-1e-4))];
    const numeric = tree.map((a, b) => (a as Tensor).sub(b as Tensor).div(2e-4), above, below);
    await assertAllclose(hvp(loss, [params], [direction]), numeric, { rtol: 1e-4, atol: 1e-6 });
    const [, slope] = jvp(loss, [params], [direction]);
    const dots = tree.map(
      (g, d) => (g as Tensor).mul(d as Tensor).sum(),
      grad(loss)(params),
      direction,
    );
    const expected = tree.leaves(dots).reduce((a, b) => (a as Tensor).add(b as Tensor));
    await assertAllclose(slope, expected, { rtol: 1e-9 });
  });

  test("dropout is a function of the key under jit and grad, and differs between blocks", async () => {
    const run = (p: GptParams, k: Tensor): Tensor =>
      gpt.loss(p, ids, targets, { ...config, dropout: 0.5, key: k });
    await assertAllclose(jit(run)(params, key(3)), run(params, key(3)), { rtol: 1e-10 });
    await assertAllclose(jit(grad(run))(params, key(3)), grad(run)(params, key(3)), {
      rtol: 1e-8,
      atol: 1e-12,
    });
    const other = Number(await run(params, key(4)).item());
    expect(Number(await run(params, key(3)).item())).not.toBe(other);
  });
});

test("a block under checkpoint has the same gradients", async () => {
  const params = toDouble(block.init(key(2), { nEmbd: 8 }));
  const x = tensor(
    Array.from({ length: 24 }, (_, i) => Math.sin(i)),
    { dtype: "float64" },
  ).reshape([3, 8]);
  const run = (p: BlockParams, y: Tensor): Tensor => block.apply(p, y, { nHead: 2 });
  const loss = (fn: typeof run) => (p: BlockParams) => fn(p, x).pow(2).sum();
  await assertAllclose(grad(loss(checkpoint(run)))(params), grad(loss(run))(params), {
    rtol: 1e-10,
  });
});
