import { grad, jit, log, logSoftmax, makeIr, tensor, type Tensor, zeros } from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import { assertAllclose, checkGrads } from "@adjoint/core/testing";
import {
  binaryCrossEntropy,
  chunkedCrossEntropy,
  clipLoss,
  crossEntropy,
  ctcLoss,
  focalLoss,
  huber,
  infoNce,
  klDivergence,
  linear,
  mae,
  mse,
  tripletLoss,
} from "@adjoint/nn";
import { describe, expect, test } from "vitest";
import { type Case, type Named, need, testCases } from "./support/cases.ts";

const withMask = (t: Named, options: Case["options"]) => ({
  ...options,
  ...(t["mask"] === undefined ? {} : { mask: t["mask"] }),
});

const pair =
  (loss: (a: Tensor, b: Tensor, options: object) => Tensor, first: string, second: string) =>
  (t: Named, options: Case["options"]): Tensor =>
    loss(need(t, first), need(t, second), withMask(t, options));

testCases(
  "losses",
  {
    mse: pair(mse, "predictions", "targets"),
    mae: pair(mae, "predictions", "targets"),
    huber: pair(huber, "predictions", "targets"),
    crossEntropy: pair(crossEntropy, "logits", "targets"),
    chunked: (t, options) =>
      chunkedCrossEntropy(need(t, "hidden"), need(t, "targets"), {
        ...options,
        head: (h) => linear.apply({ kernel: need(t, "weight").transpose() }, h),
      }),
    binaryCrossEntropy: pair(binaryCrossEntropy, "logits", "targets"),
    focalLoss: pair(focalLoss, "logits", "targets"),
    klDivergence: (t, options) =>
      klDivergence(logSoftmax(need(t, "p")), logSoftmax(need(t, "q")), withMask(t, options)),
    infoNce: (t, { temperature }) =>
      infoNce(need(t, "queries"), need(t, "keys"), {
        temperature: Number(temperature),
        ...(t["negatives"] === undefined ? {} : { negatives: t["negatives"] }),
      }),
    clipLoss: (t) => clipLoss(need(t, "queries"), need(t, "keys"), need(t, "scale")),
    tripletLoss: (t, options) =>
      tripletLoss(
        need(t, "anchors"),
        need(t, "positives"),
        need(t, "negatives"),
        withMask(t, options),
      ),
    ctcLoss: (t, options) =>
      ctcLoss(
        logSoftmax(need(t, "logits")),
        need(t, "targets"),
        { inputs: need(t, "inputs"), targets: need(t, "lengths") },
        options,
      ),
  },
  { count: 62 },
);

const ints = (data: number[]): Tensor => tensor(data, { dtype: "int32" });

describe("crossEntropy", () => {
  test("the square of the log-sum-exp of the pinned logits is 15.4653023", async () => {
    const logits = tensor([
      [2, 1, 0],
      [0, 0, 5],
    ]);
    const plain = crossEntropy(logits, ints([0, 1]));
    const regular = crossEntropy(logits, ints([0, 1]), { zLoss: 1 });
    expect(Number(await regular.sub(plain).item())).toBeCloseTo(15.4653023, 5);
  });

  test("an ignored target and a mask act together", async () => {
    const logits = normal(key(0), [3, 4]);
    const mask = tensor([true, false, true]);
    const both = crossEntropy(logits, ints([1, 2, -1]), { ignoreIndex: -1, mask });
    await assertAllclose(both, crossEntropy(logits.slice([0, 0], [1, 4]), ints([1])), {
      rtol: 1e-6,
    });
  });
});

describe("chunkedCrossEntropy", () => {
  const hidden = normal(key(1), [10, 4], { dtype: "float64" });
  const params = { kernel: normal(key(2), [4, 50], { dtype: "float64" }) };
  const targets = ints([1, 2, 3, 4, 5, 6, 7, 8, 9, 49]);
  const head = (h: Tensor): Tensor => linear.apply(params, h);

  test("no program value is as large as all logits, in reverse mode either", () => {
    const program = makeIr(
      grad((k: Tensor) =>
        chunkedCrossEntropy(hidden, targets, {
          head: (h) => linear.apply({ kernel: k }, h),
          chunkSize: 2,
        }),
      ),
    )(params.kernel).toString();
    expect(program).not.toContain("[10,50]");
    expect(program).not.toContain("[5,2,50]");
    expect(program).toContain("[2,50]");
  });

  test("masks weigh places as those of crossEntropy do, and all-masked is 0", async () => {
    const weights = tensor([1, 0, 2, 0.5, 1, 1, 0, 0, 3, 1], { dtype: "float64" });
    const options = { zLoss: 0.1, mask: weights };
    await assertAllclose(
      chunkedCrossEntropy(hidden, targets, { head, chunkSize: 4, ...options }),
      crossEntropy(head(hidden), targets, options),
      { rtol: 1e-6 }, // the weights are summed in float32
    );
    const none = chunkedCrossEntropy(hidden, targets, { head, mask: weights.mul(0) });
    expect(Number(await none.item())).toBe(0);
  });

  test("operands that do not fit are refused", () => {
    expect(() => chunkedCrossEntropy(hidden, ints([1]), { head })).toThrow("takes hidden (..., C)");
    expect(() => chunkedCrossEntropy(hidden, targets, { head, mask: zeros([3]) })).toThrow(
      "must broadcast",
    );
    expect(() => chunkedCrossEntropy(hidden, targets, { head, chunkSize: 0 })).toThrow(
      "at least 1",
    );
  });
});

describe("other losses", () => {
  test("the mean over nothing is 0 with no gradient, and masked infinities do not count", async () => {
    const nothing = tensor([false, false]);
    const loss = (x: Tensor): Tensor => mse(x, zeros([2]), { mask: nothing });
    await assertAllclose(grad(loss)(tensor([1, 2])), zeros([2]));
    expect(Number(await loss(tensor([1, Infinity])).item())).toBe(0);
    expect(() => mse(zeros([2]), zeros([2, 1]))).toThrow("must have the same shape");
    expect(() => mse(zeros([2]), zeros([2]), { mask: zeros([3]) })).toThrow("mask must broadcast");
    expect(() => mse(zeros([2]), zeros([2]), { reduction: "avg" as never })).toThrow(
      "must be one of mean",
    );
  });

  test("KL is 0 for equal distributions and finite where p is 0", async () => {
    const p = log(tensor([0.5, 0.5, 0]));
    expect(Number(await klDivergence(p, p).item())).toBe(0);
    const slope = grad((q: Tensor) => klDivergence(p, logSoftmax(q)))(tensor([1, 2, 3]));
    expect([...(await slope.data())].map(Number).every(Number.isFinite)).toBe(true);
    // anchored value: q = [.5, .3, .2], p = [.4, .4, .2]
    const kl = klDivergence(log(tensor([0.5, 0.3, 0.2])), log(tensor([0.4, 0.4, 0.2])));
    expect(Number(await kl.item())).toBeCloseTo(0.025267, 6);
  });

  test("derivatives to order two", async () => {
    const x = normal(key(5), [3, 4], { dtype: "float64" });
    const y = normal(key(6), [3, 4], { dtype: "float64" });
    const bits = tensor([[0, 1, 1, 0]]).broadcastTo([3, 4]);
    await checkGrads((a: Tensor, b: Tensor) => infoNce(a, b), [x, y]);
    await checkGrads((a: Tensor, b: Tensor) => tripletLoss(a, b, a.mul(b)), [x, y]);
    await checkGrads((a: Tensor) => focalLoss(a, bits, { gamma: 1.5 }), [x]);
    await checkGrads((a: Tensor) => binaryCrossEntropy(a, bits, { positiveWeight: 3 }), [x]);
    const lengths = { inputs: ints([4]), targets: ints([2]) };
    const frames = normal(key(7), [1, 4, 3], { dtype: "float64" });
    await checkGrads(
      (a: Tensor) => ctcLoss(logSoftmax(a), tensor([[1, 1]], { dtype: "int32" }), lengths),
      [frames],
    );
  });

  test("CTC: an impossible target is infinite, or 0 without a gradient when asked", async () => {
    const lengths = { inputs: ints([2]), targets: ints([2]) };
    const targets = tensor([[1, 1]], { dtype: "int32" }); // a repeat needs a blank between: three frames
    const run = (x: Tensor, zeroInfinity: boolean): Tensor =>
      ctcLoss(logSoftmax(x), targets, lengths, { zeroInfinity });
    expect(Number(await run(zeros([1, 2, 3]), false).item())).toBe(Infinity);
    const slope = jit(grad((x: Tensor) => run(x, true)))(zeros([1, 2, 3]));
    await assertAllclose(slope, zeros([1, 2, 3]));
    expect(() => ctcLoss(zeros([2, 3]), targets, lengths)).toThrow(
      "takes log-probabilities (N, T, V)",
    );
    expect(() => ctcLoss(zeros([1, 2, 3]), targets, lengths, { blank: 3 })).toThrow(
      "a class from 0 to 2",
    );
  });

  test("CLIP: masked pairs do not count and still are negatives", async () => {
    const [a, b] = [normal(key(8), [3, 4]), normal(key(9), [3, 4])];
    const each = clipLoss(a, b, 1, { reduction: "none" });
    expect(each.shape).toEqual([3]);
    const mask = tensor([true, false, true]);
    const expected = each
      .slice([0], [1])
      .add(each.slice([2], [3]))
      .mul(0.5)
      .reshape([]);
    await assertAllclose(clipLoss(a, b, 1, { mask }), expected, { rtol: 1e-6 });
  });

  test("settings out of range are refused", () => {
    const x = zeros([2, 2]);
    expect(() => huber(x, x, { delta: 0 })).toThrow("delta must be above 0");
    expect(() => tripletLoss(x, x, x, { margin: -1 })).toThrow("margin must be 0 or more");
    expect(() => tripletLoss(x, x, zeros([3, 2]))).toThrow("of the same shape");
    expect(() => infoNce(x, zeros([3, 2]))).toThrow("takes queries and keys");
    expect(() => clipLoss(x, zeros([3, 2]), 0)).toThrow("takes images and texts");
    expect(() => focalLoss(x, x, { gamma: -1 })).toThrow("gamma must be 0 or more");
    expect(() => crossEntropy(x, ints([0, 1]), { zLoss: -1 })).toThrow("zLoss must be 0 or more");
    expect(() => klDivergence(x, zeros([2]))).toThrow("of the same shape");
  });
});
