import { createOnnxBackend } from "@adjoint/backend-onnx";
import {
  cos,
  type DType,
  getBackend,
  grad,
  iota,
  jit,
  logSoftmax,
  ones,
  setBackend,
  tensor,
  type Tensor,
  zeros,
} from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import { assertAllclose } from "@adjoint/core/testing";
import {
  binaryCrossEntropy,
  chunkedCrossEntropy,
  clipLoss,
  crossEntropy,
  ctcLoss,
  embedding,
  focalLoss,
  huber,
  infoNce,
  klDivergence,
  linear,
  mae,
  mse,
  tripletLoss,
} from "@adjoint/nn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ints = (data: number[]): Tensor => tensor(data, { dtype: "int32" });

const numbers = async (x: Tensor): Promise<number[]> =>
  Array.from(await x.cast("float64").data(), Number);

const number = async (x: Tensor): Promise<number> => Number(await x.item());

describe("a masked place adds exactly 0 to the gradient", () => {
  const mask = tensor([true, false]);
  const bad = [Number.NaN, Infinity];

  // torch.nn.functional.*(p[mask], target[mask]) and its gradient
  test.each([
    ["mse", mse, 1, 2],
    ["mae", mae, 1, 1],
    ["huber", huber, 0.5, 1],
    ["binaryCrossEntropy", binaryCrossEntropy, 1.3132617473602295, 0.7310585975646973],
  ] as const)("%s, as PyTorch without the place", async (_name, loss, value, slope) => {
    for (const weights of [mask, tensor([0.5, 0])])
      for (const target of bad) {
        const own = (p: Tensor): Tensor => loss(p, tensor([0, target]), { mask: weights });
        expect(await number(own(tensor([1, 2])))).toBeCloseTo(value, 6);
        const slopes = await numbers(grad(own)(tensor([1, 2])));
        expect(slopes[0]).toBeCloseTo(slope, 6);
        expect(slopes[1]).toBe(0);
      }
  });

  test("a model trained on targets with a gap stays finite", async () => {
    const [x, y] = [tensor([1, 2, 3]), tensor([2, Number.NaN, 6])];
    const slope = grad((w: Tensor) => mse(x.mul(w), y, { mask: tensor([true, false, true]) }));
    let w = tensor(0);
    for (let i = 0; i < 60; i++) w = w.sub(slope(w).mul(0.1));
    expect(await number(w)).toBeCloseTo(2, 5);
  });

  test.each([
    ["ignoreIndex", { ignoreIndex: -1 }],
    ["a mask", { mask }],
    ["weights", { mask: tensor([2, 0]) }],
    ["all settings", { ignoreIndex: -1, mask, labelSmoothing: 0, zLoss: 0 }],
  ])("crossEntropy with a row of NaN or Infinity and %s", async (_name, options) => {
    for (const target of bad) {
      const own = (p: Tensor): Tensor => crossEntropy(p, ints([0, -1]), options);
      const logits = tensor([
        [1, 2],
        [target, 1],
      ]);
      expect(await number(own(logits))).toBeCloseTo(1.31326162815094, 6);
      const slopes = await numbers(jit(grad(own))(logits));
      expect(slopes[0]).toBeCloseTo(-0.7310585975646973, 6);
      expect(slopes.slice(2)).toEqual([0, 0]);
      // the slope itself has a derivative: p (1 - p)
      const second = grad((p: Tensor) => grad(own)(p).slice([0, 0], [1, 1]).sum())(logits);
      const curves = await numbers(second);
      expect(curves[0]).toBeCloseTo(0.19661193324148, 6);
      expect(curves.slice(2)).toEqual([0, 0]);
    }
  });

  test("losses of rows", async () => {
    const clean = normal(key(0), [2, 3]);
    const isFirst = iota([2, 1], 0).equal(0);
    const rows = isFirst.where(clean, Number.NaN);
    const logs = logSoftmax(clean);
    const frames = logSoftmax(normal(key(1), [2, 4, 3]));
    const spoilt = iota([2, 1, 1], 0).equal(0).where(frames, Number.NaN);
    const lengths = { inputs: ints([4, 4]), targets: ints([2, 2]) };
    const labels = tensor(
      [
        [1, 2],
        [1, 2],
      ],
      { dtype: "int32" },
    );
    const losses: readonly (readonly [(x: Tensor) => Tensor, Tensor, Tensor])[] = [
      [(x) => klDivergence(x, logs.mul(2), { mask }), isFirst.where(logs, NaN), logs],
      [(x) => klDivergence(logs.mul(2), x, { mask }), isFirst.where(logs, NaN), logs],
      [(x) => tripletLoss(x, x.mul(2), clean.neg(), { mask, margin: 9, eps: 0 }), rows, clean],
      [(x) => infoNce(x, clean, { mask }), rows, clean],
      [(x) => focalLoss(x, ones([2, 3]), { mask: mask.expandDims(-1) }), rows, clean],
      [(x) => ctcLoss(x, labels, lengths, { mask }), spoilt, frames],
    ];
    for (const [loss, dirty, whole] of losses) {
      expect(await number(loss(dirty))).toBeCloseTo(await number(loss(whole)), 5);
      const slopes = await numbers(grad(loss)(dirty));
      expect(slopes.slice(slopes.length / 2).every((s) => s === 0)).toBe(true);
      expect(slopes.every(Number.isFinite)).toBe(true);
    }
    const other = grad((k: Tensor) => infoNce(rows, k, { mask }))(clean);
    expect((await numbers(other)).every(Number.isFinite)).toBe(true);
  });
});

describe("sure logits", () => {
  test("binaryCrossEntropy does not cancel, whichever the target", async () => {
    const x = tensor([10, 12, 15, 20]);
    // torch.nn.functional.binary_cross_entropy_with_logits(x, 1), float32
    const expected = tensor([
      4.5398901420412585e-5, 6.144193321233615e-6, 3.059022617435403e-7, 2.06115369216775e-9,
    ]);
    const none = { reduction: "none" } as const;
    const close = { rtol: 1e-5, atol: 0 };
    await assertAllclose(binaryCrossEntropy(x, ones([4]), none), expected, close);
    await assertAllclose(binaryCrossEntropy(x.neg(), zeros([4]), none), expected, close);
    await assertAllclose(
      binaryCrossEntropy(x, ones([4]), { ...none, positiveWeight: tensor(1) }),
      expected,
      close,
    );
    const half = tensor([5, 8], { dtype: "bfloat16" });
    const losses = binaryCrossEntropy(half, ones([2], { dtype: "bfloat16" }), none);
    expect(await numbers(losses)).toEqual([0.0067138671875, 0.000335693359375]);
  });

  test("focalLoss does not either", async () => {
    const x = tensor([10, 15, 20]);
    const each = focalLoss(x, ones([3]), { gamma: 0.5, reduction: "none" });
    // torchvision's formula in float64
    const expected = tensor([7.647210829050666e-8, 4.2297435131191257e-11, 2.3394057793703612e-14]);
    await assertAllclose(each, expected, { rtol: 1e-5, atol: 0 });
  });
});

describe("labels that are no class", () => {
  const logits = normal(key(2), [2, 3]);

  test.each([-100, -1, 3, 7])("%d gives NaN, and no gradient to train on", async (label) => {
    const own = (p: Tensor): Tensor => crossEntropy(p, ints([0, label]));
    expect(await number(own(logits))).toBeNaN();
    expect((await numbers(grad(own)(logits))).slice(3)).toEqual([NaN, NaN, NaN]);
    const each = await numbers(crossEntropy(logits, ints([0, label]), { reduction: "none" }));
    expect(each.map(Number.isNaN)).toEqual([false, true]);
    const head = (h: Tensor): Tensor => linear.apply({ kernel: ones([3, 3]) }, h);
    expect(await number(chunkedCrossEntropy(logits, ints([0, label]), { head }))).toBeNaN();
  });

  test.each([-100, 7])("%d is nothing where it does not count", async (label) => {
    const expected = crossEntropy(logits.slice([0, 0], [1, 3]), ints([0]));
    for (const options of [{ ignoreIndex: label }, { mask: tensor([true, false]) }]) {
      const own = (p: Tensor): Tensor => crossEntropy(p, ints([0, label]), options);
      await assertAllclose(own(logits), expected, { rtol: 1e-6 });
      expect((await numbers(grad(own)(logits))).slice(3)).toEqual([0, 0, 0]);
    }
  });
});

describe("NaN stays NaN, as in PyTorch", () => {
  test("in tripletLoss, klDivergence and ctcLoss without infinities", async () => {
    const triplet = tripletLoss(tensor([[NaN, 0]]), tensor([[3, 4]]), tensor([[0, 5.5]]));
    expect(await number(triplet)).toBeNaN();
    expect(await number(klDivergence(tensor([NaN, -1]), tensor([-1, -1])))).toBeNaN();
    const frames = iota([1, 2, 3], 2).equal(1).where(NaN, -1);
    const lengths = { inputs: ints([2]), targets: ints([1]) };
    const ctc = ctcLoss(frames, tensor([[1]], { dtype: "int32" }), lengths, { zeroInfinity: true });
    expect(await number(ctc)).toBeNaN();
  });
});

describe("half precision", () => {
  const wave = (dtype: DType): Tensor =>
    cos(
      iota([4, 64], 0)
        .mul(64)
        .add(iota([4, 64], 1))
        .cast("float32")
        .mul(1.7),
    )
      .mul(60)
      .cast(dtype);

  // torch: cross_entropy of normalize(a.float()) @ normalize(a.float()).T, times 7.4 and divided by 0.1
  test.each(["float16", "bfloat16"] as const)("%s: squares do not overflow", async (dtype) => {
    const a = wave(dtype);
    expect(await number(clipLoss(a, a, Math.log(7.4)))).toBeCloseTo(0.2609644830226898, 2);
    expect(await number(infoNce(a, a))).toBeCloseTo(0.23496820032596588, 2);
    const slopes = await numbers(grad((x: Tensor) => clipLoss(x, x.mul(2), 1))(a));
    expect(slopes.every(Number.isFinite)).toBe(true);
  });

  test("tripletLoss of far points, and masked means over many places", async () => {
    const row = (data: number[]): Tensor => tensor([data], { dtype: "float16" });
    const triplet = tripletLoss(row([300, 0]), row([0, 0]), row([0, 100]));
    expect([triplet.dtype, await number(triplet)]).toEqual(["float16", 0]);
    for (const dtype of ["float16", "bfloat16"] as const) {
      const [x, mask] = [ones([70_000], { dtype }), ones([70_000], { dtype: "bool" })];
      const mean = mse(x, zeros([70_000], { dtype }), { mask });
      expect([mean.dtype, await number(mean)]).toEqual([dtype, 1]);
    }
  });
});

describe("no places", () => {
  test("the mean over nothing is 0, with and without a mask", async () => {
    const [none, rows, targets] = [zeros([0]), zeros([0, 3]), zeros([0], { dtype: "int32" })];
    const head = (h: Tensor): Tensor => linear.apply({ kernel: ones([3, 5]) }, h);
    const losses = [
      mse(none, none),
      binaryCrossEntropy(none, none, { mask: zeros([0], { dtype: "bool" }) }),
      crossEntropy(rows, targets),
      crossEntropy(rows, targets, { ignoreIndex: -1 }),
      chunkedCrossEntropy(rows, targets, { head }),
      tripletLoss(rows, rows, rows),
    ];
    for (const loss of losses) expect(await number(loss)).toBe(0);
    const each = chunkedCrossEntropy(rows, targets, { head, reduction: "none" });
    expect(each.shape).toEqual([0]);
    const slope = grad((k: Tensor) =>
      chunkedCrossEntropy(rows, targets, { head: (h) => linear.apply({ kernel: k }, h) }),
    )(ones([3, 5]));
    await assertAllclose(slope, zeros([3, 5]));
  });
});

describe("chunkedCrossEntropy", () => {
  test("a head without a derivative at 0 sees real rows only", async () => {
    const [hidden, params] = [normal(key(3), [5, 4]), { table: normal(key(4), [7, 4]) }];
    const targets = ints([3, 1, -1, 4, 6]);
    const head =
      (p: typeof params) =>
      (h: Tensor): Tensor =>
        embedding.attend(p, h.div(h.mul(h).sum(-1, { keepDims: true }).sqrt()));
    const whole = grad((p: typeof params) =>
      crossEntropy(head(p)(hidden), targets, { ignoreIndex: -1 }),
    );
    const chunked = (chunkSize: number) =>
      grad((p: typeof params) =>
        chunkedCrossEntropy(hidden, targets, { ignoreIndex: -1, chunkSize, head: head(p) }),
      );
    for (const size of [1, 2, 3, 5])
      await assertAllclose(chunked(size)(params), whole(params), { rtol: 1e-5, atol: 1e-6 });
  });
});

describe("what is no tensor or no setting is named", () => {
  const x = ones([2, 3]);
  const no = (value: unknown): never => value as never;
  test.each<[string, () => Tensor, string]>([
    ["predictions", () => mse(no(undefined), x), "mse: predictions must be a tensor"],
    ["a mask", () => mse(x, x, { mask: no([true]) }), "mse: mask must be a tensor, got an array"],
    ["logits", () => binaryCrossEntropy(no(1), x), "logits must be a tensor, got a number"],
    ["labels", () => crossEntropy(x, no([0, 1])), "targets must be a tensor, got an array"],
    ["a shape", () => crossEntropy(x, x), "crossEntropy: takes logits (..., V) and targets (...)"],
    [
      "an ignored label",
      () => crossEntropy(x, ints([0, 1]), { ignoreIndex: NaN }),
      "ignoreIndex must be a whole number, got NaN",
    ],
    ["rows", () => klDivergence(x, no(null)), "logQ must be a tensor, got null"],
    ["keys", () => infoNce(x, no("x")), "keys must be a tensor, got a string"],
    ["texts", () => clipLoss(x, no({}), 1), "texts must be a tensor"],
    ["negatives", () => tripletLoss(x, x, no(undefined)), "negatives must be a tensor"],
    ["lengths", () => ctcLoss(x, x, no(undefined)), "ctcLoss: lengths must be a record"],
    [
      "no options",
      () => chunkedCrossEntropy(x, ints([0, 1]), no(undefined)),
      "options must be a record",
    ],
    [
      "no head",
      () => chunkedCrossEntropy(x, ints([0, 1]), no({})),
      "head must be a function from what the model has to scores",
    ],
    [
      "a reduction",
      () => chunkedCrossEntropy(x, ints([0, 1]), { head: (h) => h, reduction: no("avg") }),
      "reduction must be one of mean, sum, none",
    ],
  ])("%s", (_name, run, message) => {
    expect(run).toThrow(message);
  });
});

describe("on ONNX Runtime", () => {
  const before = getBackend();
  beforeAll(async () => setBackend(await createOnnxBackend()));
  afterAll(() => setBackend(before));

  test("masked NaN, labels that are no class, and sure logits give the same", async () => {
    const logits = tensor([
      [1, 2],
      [NaN, 1],
    ]);
    const slope = jit(
      grad((p: Tensor) => crossEntropy(p, ints([0, -1]), { ignoreIndex: -1, zLoss: 0.1 })),
    );
    expect((await numbers(slope(logits))).slice(2)).toEqual([0, 0]);
    const wrong = jit((p: Tensor) => crossEntropy(p, ints([0, 2]), { reduction: "none" }));
    expect((await numbers(wrong(ones([2, 2])))).map(Number.isNaN)).toEqual([false, true]);
    const sure = jit((x: Tensor) => binaryCrossEntropy(x, ones([1])));
    expect((await number(sure(tensor([20])))) / 2.06115369216775e-9).toBeCloseTo(1, 4);
    const masked = jit(
      grad((p: Tensor) => mse(p, tensor([0, NaN]), { mask: tensor([true, false]) })),
    );
    expect(await numbers(masked(tensor([1, 2])))).toEqual([2, 0]);
  });
});
