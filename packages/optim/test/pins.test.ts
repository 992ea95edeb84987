import { createOnnxBackend } from "@adjoint/backend-onnx";
import { jit, referenceBackend, setBackend, tensor, type Tensor } from "@adjoint/core";
import { assertAllclose } from "@adjoint/core/testing";
import {
  adam,
  adamw,
  addDecayedWeights,
  allFinite,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  dynamicLossScale,
  emaParams,
  type GradientTransformation,
  multiSteps,
  newtonSchulz,
  type OptState,
  scaleByAdam,
  selectTree,
  sgd,
  warmupCosineDecay,
} from "@adjoint/optim";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const onnx = await createOnnxBackend({ threads: 1 });

/** Parameters after each step. */
const path = (optimizer: GradientTransformation, start: number[], grads: number[][]): Tensor[] => {
  const step = jit((g: Tensor, s: OptState, p: Tensor) => {
    const [updates, next] = optimizer.update(g, s, p);
    return [applyUpdates(p, updates), next] as const;
  });
  let params: Tensor = tensor(start);
  let state = optimizer.init(params);
  return grads.map((g) => {
    [params, state] = step(tensor(g), state, params);
    return params;
  });
};

describe.each([
  ["reference", referenceBackend],
  ["ONNX", onnx],
] as const)("numbers by hand, on %s", (_name, backend) => {
  beforeAll(() => {
    setBackend(backend);
  });
  afterAll(() => {
    setBackend(referenceBackend);
  });

  const start = [1, -2, 0.5];
  const grads = [
    [0.1, -0.2, 0.3],
    [0.4, 0.5, -0.6],
    [0, 0.1, 0.2],
  ];
  const options = { learningRate: 0.1, b1: 0.9, b2: 0.95, eps: 1e-8 };

  test("AdamW decays by the rate alone; L2 in the gradient goes through Adam and gives others", async () => {
    const decoupled = path(adamw({ ...options, weightDecay: 0.1 }), start, grads);
    const expected = [
      [0.89, -1.88, 0.395],
      [0.7936268, -1.9050246, 0.4273874],
      [0.7171993, -1.9313813, 0.4319957],
    ];
    await assertAllclose(
      decoupled,
      expected.map((x) => tensor(x)),
      { rtol: 1e-5 },
    );
    const coupled = path(chain(addDecayedWeights(0.1), adam(options)), start, grads);
    await assertAllclose(coupled[2], tensor([0.7247317, -1.8756716, 0.4254326]), { rtol: 1e-5 });
  });

  test("TensorFlow's epsilon is less at the start: its first step is the smaller one", async () => {
    const g = tensor([1]);
    const first = (rule: GradientTransformation) => rule.update(g, rule.init(g), g)[0];
    // 1 / (1 + eps) against 1 / (1 + eps / sqrt(1 - b2))
    await assertAllclose(first(scaleByAdam({ eps: 0.1, b2: 0.99 })), tensor([1 / 1.1]), {
      rtol: 1e-5,
    });
    await assertAllclose(first(scaleByAdam({ eps: 0.1, b2: 0.99, epsOn: "raw" })), tensor([0.5]), {
      rtol: 1e-5,
    });
  });

  test("a global norm of 5 clipped to 1", async () => {
    const g = [tensor([3, 0]), tensor([4])];
    const [clipped] = clipByGlobalNorm(1).update(g, null, g);
    await assertAllclose(clipped, [tensor([0.6, 0]), tensor([0.8])], { rtol: 1e-5 });
  });

  test("five steps of Newton-Schulz, in either orientation", async () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const expected = tensor([
      [-0.5682901, 0.0577419, 0.683774],
      [0.5633547, 0.4056128, 0.247871],
    ]);
    await assertAllclose(newtonSchulz(x), expected, { rtol: 1e-5, atol: 1e-5 });
    await assertAllclose(newtonSchulz(x.transpose()).transpose(), expected, {
      rtol: 1e-5,
      atol: 1e-5,
    });
    // a stack of matrices is each of them
    const both = newtonSchulz(x.expandDims(0).mul(tensor([1, -2]).reshape([2, 1, 1])));
    await assertAllclose(
      both.sum(0),
      tensor([
        [0, 0, 0],
        [0, 0, 0],
      ]),
      { atol: 1e-5 },
    );
  });

  test("converging coefficients give an orthogonal matrix", async () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const q = newtonSchulz(x, { steps: 20, coefficients: [2, -1.5, 0.5] });
    await assertAllclose(
      q.matmul(q.transpose()),
      tensor([
        [1, 0],
        [0, 1],
      ]),
      { atol: 1e-5 },
    );
    // the polynomial at 1, where every matrix of rank 1 starts
    await assertAllclose(newtonSchulz(tensor([[0.5]]), { steps: 1 }), tensor([[0.701]]), {
      rtol: 1e-5,
    });
  });

  test("nanoGPT's character model learns at these rates", async () => {
    const schedule = jit(
      warmupCosineDecay({
        peak: 1e-3,
        end: 1e-4,
        warmupSteps: 100,
        decaySteps: 2000,
        rule: "nanoGpt",
      }),
    );
    const pins = [
      [0, 9.90099e-6],
      [99, 9.90099e-4],
      [100, 1e-3],
      [1050, 5.5e-4],
      [2000, 1e-4],
    ] as const;
    for (const [step, rate] of pins)
      expect(Number(await schedule(step).item()) / rate).toBeCloseTo(1, 5);
  });

  test("accumulation is the mean over tokens (4), not that of the means of micro-batches (6)", async () => {
    const optimizer = multiSteps(sgd({ learningRate: 1 }), { every: 2 });
    const w = tensor(0);
    const micro = [
      { g: tensor(2), tokens: 3 }, // losses 1, 2, 3
      { g: tensor(10), tokens: 1 }, // 10
    ];
    let state = optimizer.init(w);
    const updates = micro.map(({ g, tokens }) => {
      const [update, next] = optimizer.update(g, state, w, { tokens });
      state = next;
      return update;
    });
    await assertAllclose(updates, [tensor(0), tensor(-4)], { rtol: 1e-6 });
  });

  test("a debiased mean of equal parameters is them", async () => {
    const optimizer = emaParams(sgd({ learningRate: 0 }), { decay: 0.999 });
    const p = tensor([3, -7]);
    let state = optimizer.init(p);
    await assertAllclose(optimizer.evalParams(state, p), p, { rtol: 0 });
    for (let i = 0; i < 3; i++) {
      state = optimizer.update(p, state, p)[1];
      await assertAllclose(optimizer.evalParams(state, p), p, { rtol: 1e-5 });
    }
  });

  test("an overflow leaves parameters, moments and count as they are, and halves the scale", async () => {
    const [optimizer, lossScale] = [adamw(options), dynamicLossScale({ initial: 1024 })];
    const step = jit(
      (
        params: Tensor,
        state: OptState,
        scale: ReturnType<typeof lossScale.init>,
        scaled: Tensor,
      ) => {
        const finite = allFinite(scaled);
        const [updates, next] = optimizer.update(lossScale.unscaled(scaled, scale), state, params);
        return [
          selectTree(finite, applyUpdates(params, updates), params),
          selectTree(finite, next, state),
          lossScale.adjusted(scale, finite),
        ] as const;
      },
    );
    const [p1, s1, l1] = step(
      tensor(start),
      optimizer.init(tensor(start)),
      lossScale.init(),
      tensor([1, 2, 3]),
    );
    const [p2, s2, l2] = step(p1, s1, l1, tensor([1, Infinity, 3]));
    await assertAllclose([p2, s2], [p1, s1], { rtol: 0, atol: 0 });
    const [{ count }] = s2 as unknown as [{ count: Tensor }];
    expect([await count.item(), await l1.scale.item(), await l2.scale.item()]).toEqual([
      1, 1024, 512,
    ]);
    const [p3, s3] = step(p2, s2, l2, tensor([512, 1024, 1536]));
    const [q3, t3] = step(p1, s1, l1, tensor([1024, 2048, 3072]));
    await assertAllclose([p3, s3], [q3, t3], { rtol: 0, atol: 0 });
  });
});
