import { attention, jit, tensor, type Tensor } from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import { assertAllclose } from "@adjoint/core/testing";
import {
  attentionMask,
  attentionWeights,
  chunkedCrossEntropy,
  crossEntropy,
  type Mask,
  masks,
  maskTensor,
  moe,
} from "@adjoint/nn";
import fc from "fast-check";
import { expect, test } from "vitest";

const close = { rtol: 1e-4, atol: 1e-5 };

test("dropless, capacity for all, and every expert on every token agree for any sizes", async () => {
  const sizes = fc.record({
    tokens: fc.integer({ min: 1, max: 12 }),
    nExpert: fc.integer({ min: 1, max: 6 }),
    slots: fc.integer({ min: 1, max: 3 }),
    blockSize: fc.integer({ min: 1, max: 9 }),
    seed: fc.nat(1000),
    real: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ tokens, nExpert, slots, blockSize, seed, real }) => {
      const params = moe.init(key(seed), { nEmbd: 3, hidden: 2, nExpert, routerInit: normal });
      const x = normal(key(seed + 1), [tokens, 3]);
      const options = {
        topK: Math.min(slots, nExpert),
        blockSize,
        mask: tensor(real.slice(0, tokens)),
      };
      const dense = moe.apply(params, x, { ...options, dispatch: "dense" });
      await assertAllclose(moe.apply(params, x, options), dense, close);
      const all = { ...options, dispatch: "capacity", capacityFactor: nExpert } as const;
      await assertAllclose(moe.apply(params, x, all), dense, close);
    }),
    { numRuns: 20 },
  );
});

/** A mask and the rule that it stands for, written out. */
type Ruled = { readonly mask: Mask; readonly sees: (t: number, s: number) => boolean };

const leaf: fc.Arbitrary<Ruled> = fc.oneof(
  fc.constant<Ruled>({ mask: masks.causal, sees: (t, s) => s <= t }),
  fc
    .integer({ min: 1, max: 4 })
    .map((n): Ruled => ({ mask: masks.window(n), sees: (t, s) => s > t - n })),
  fc
    .integer({ min: 0, max: 4 })
    .map((n): Ruled => ({ mask: masks.prefix(n), sees: (_t, s) => s < n })),
  fc
    .tuple(fc.nat(3), fc.nat(3))
    .map(([a, b]): Ruled => ({ mask: masks.band(a, b), sees: (t, s) => s >= t - a && s <= t + b })),
  fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }).map((real): Ruled => ({
    mask: masks.padding(tensor(real)),
    sees: (_t, s) => real[s] ?? false,
  })),
);

const { tree } = fc.letrec<{ readonly tree: Ruled }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.tuple(tie("tree"), tie("tree")).map(([a, b]): Ruled => ({
      mask: masks.all(a.mask, b.mask),
      sees: (t, s) => a.sees(t, s) && b.sees(t, s),
    })),
    fc.tuple(tie("tree"), tie("tree")).map(([a, b]): Ruled => ({
      mask: masks.any(a.mask, b.mask),
      sees: (t, s) => a.sees(t, s) || b.sees(t, s),
    })),
  ),
}));

test("composed masks are the rules they stand for, as tensors and as settings of attention", async () => {
  const [q, k] = [normal(key(1), [2, 3, 4]), normal(key(2), [2, 5, 4])];
  await fc.assert(
    fc.asyncProperty(tree, async ({ mask, sees }) => {
      const places = { queries: 3, keys: 5 };
      const seen = await maskTensor(mask, places).cast("int32").toArray();
      // the queries are the last of the keys
      const rule = [2, 3, 4].map((t) => [0, 1, 2, 3, 4].map((s) => Number(sees(t, s))));
      expect(seen).toEqual(rule);
      const explicit = { mask: maskTensor(mask, places) };
      const settings = attentionMask(mask, places);
      await assertAllclose(attention(q, k, k, settings), attention(q, k, k, explicit), close);
      await assertAllclose(
        attentionWeights(q, k, settings),
        attentionWeights(q, k, explicit),
        close,
      );
    }),
    { numRuns: 30 },
  );
});

test("chunks of any size give the loss of the whole", async () => {
  const head = (h: Tensor): Tensor => h.matmul(normal(key(3), [3, 7]));
  const sizes = fc.record({
    targets: fc.array(fc.integer({ min: -1, max: 6 }), { minLength: 1, maxLength: 9 }),
    chunkSize: fc.integer({ min: 1, max: 10 }),
    labelSmoothing: fc.constantFrom(0, 0.1),
    reduction: fc.constantFrom("mean", "sum", "none"),
  });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ targets: list, ...options }) => {
      const hidden = normal(key(list.length), [list.length, 3]);
      const targets = tensor(list, { dtype: "int32" });
      const settings = { ...options, ignoreIndex: -1 };
      const chunked = jit((h: Tensor) => chunkedCrossEntropy(h, targets, { ...settings, head }))(
        hidden,
      );
      await assertAllclose(chunked, crossEntropy(head(hidden), targets, settings), close);
    }),
    { numRuns: 30 },
  );
});
