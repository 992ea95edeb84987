import { oneHot, scatterAdd, silu, softmax, take, type Tensor, tensor, topK } from "@adjoint/core";
import { bits, key, split, uniform } from "@adjoint/core/random";
import { adamw, applyUpdates, chain, clipByGlobalNorm } from "@adjoint/optim";
import { afterAll, describe, it } from "vitest";
import { type Argument, checkFused, floats, indices } from "../support/check-fused.ts";
import { softwareBackend } from "../support/software-backend.ts";

const backend = await softwareBackend();
afterAll(() => backend.dispose());

const sizes = [1, 3, 17, 63, 65, 1000];

describe.each(sizes)("an embedding of %i tokens", (n) => {
  it("looked up, with ids that come again", () =>
    checkFused(backend, [floats([7, 5], 1), indices([n], 7), floats([5], 2)], (table, ids, b) => [
      take(table!, ids!, { axis: 0 }).mul(b!),
    ]));

  it("looked up out of range", () => {
    const ids: Argument = {
      ...indices([n], 12),
      data: [...(indices([n], 12).data as Float64Array)].map((i) => i - 3),
    };
    const modes = ["clip", "wrap", "fill"] as const;
    return checkFused(backend, [floats([7, 5], 1), ids], (table, ids) =>
      modes.map((mode) => take(table!, ids!, { axis: 0, mode })),
    );
  });
});

/** Mixture of experts (T, D): every token goes to its two best experts, weighted by their scores. */
const byOneHot = (x: Tensor, router: Tensor, experts: Tensor): Tensor => {
  const [scores, chosen] = topK(softmax(x.matmul(router)), 2); // (T, 2)
  const weights = scores.div(scores.sum(-1, { keepDims: true }));
  const gates = oneHot(chosen, 4).mul(weights.expandDims(-1)).sum(1); // (T, E)
  const each = silu(x.expandDims(0).matmul(experts)); // (E, T, D)
  return each.mul(gates.transpose().expandDims(-1)).sum(0);
};

describe.each([1, 3, 17, 65])("a mixture of experts for %i tokens", (n) => {
  const args = [floats([n, 6], 1), floats([6, 4], 2), floats([4, 6, 6], 3, 0.4)];

  it("by masks", () =>
    checkFused(backend, args, (x, router, experts) => [byOneHot(x!, router!, experts!)]));

  it("by gathered weights and scattered results", () =>
    checkFused(backend, args, (x, router, experts) => {
      const [scores, chosen] = topK(softmax(x!.matmul(router!)), 2);
      const own = take(experts!, chosen, { axis: 0 }); // (T, 2, D, D)
      const each = silu(x!.reshape([n, 1, 1, 6]).matmul(own)).reshape([n, 2, 6]);
      const back = tensor(
        Int32Array.from({ length: 2 * n }, (_, i) => i >> 1),
        { shape: [2 * n, 1] },
      );
      return [scatterAdd(x!.mul(0), back, each.mul(scores.expandDims(-1)).reshape([2 * n, 6]))];
    }));
});

describe.each(sizes)("%i random numbers", (n) => {
  it("have the reference's bits", () =>
    checkFused(
      backend,
      [{ shape: [2], dtype: "uint32", data: [17, 4_294_967_291] }],
      (own) => [bits(own!, [n]), split(own!, 3), uniform(own!, [n]), bits(key(n), [n, 3])],
      { gradients: false },
    ));
});

describe.each(sizes)("AdamW over a group of parameters, the largest of %i", (n) => {
  it("with clipping, for three steps", () => {
    const optimizer = chain(clipByGlobalNorm(0.7), adamw({ learningRate: 0.01, weightDecay: 0.1 }));
    const shapes = [[3, n], [n], [2], [n, 1, 2], []];
    return checkFused(
      backend,
      shapes.flatMap((shape, i) => [floats(shape, i), floats(shape, 20 + i)]),
      (...xs) => {
        let params: readonly Tensor[] = xs.filter((_, i) => i % 2 === 0);
        const grads = xs.filter((_, i) => i % 2 === 1);
        let state = optimizer.init(params);
        for (let step = 0; step < 3; step++) {
          const [updates, next] = optimizer.update(
            grads.map((g, i) => g.add(params[i]!)),
            state,
            params,
          );
          params = applyUpdates(params, updates);
          state = next;
        }
        return params;
      },
      { gradients: false },
    );
  });
});
