import { eye, mean, tensor, type Tensor, variance } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { assertAllclose } from "@adjoint/core/testing";
import {
  bertInit,
  constantInit,
  glorotNormal,
  glorotUniform,
  gpt2Init,
  heUniform,
  type Initializer,
  lecunUniform,
  orthogonalInit,
  t5Init,
  truncatedNormalInit,
  uniformInit,
  varianceScaling,
} from "@adjoint/nn";
import { describe, expect, test } from "vitest";

const numberOf = async (x: Tensor): Promise<number> => Number(await x.item());

// jax.nn.initializers.*(jax.random.key(0), shape), jax 0.10.2
const pins: readonly (readonly [string, Initializer, readonly number[], readonly number[]])[] = [
  [
    "lecunUniform",
    lecunUniform,
    [3, 2],
    [0.895334005, 0.957159758, -0.335417032, -0.0626630783, 0.139777422, -0.66899395],
  ],
  [
    "heUniform",
    heUniform,
    [3, 2],
    [1.266193509, 1.353628278, -0.474351317, -0.0886189714, 0.197675124, -0.946100295],
  ],
  [
    "glorotNormal",
    glorotNormal,
    [3, 2],
    [1.046842337, 1.232913375, -0.296715766, -0.0539494343, 0.120793618, -0.656174362],
  ],
  [
    "glorotUniform of a window",
    glorotUniform,
    [2, 3, 2],
    [
      0.693522751, 0.741412759, -0.259812921, -0.0485386141, 0.108271129, -0.518200517, -0.29404524,
      0.293541998, 0.382289141, -0.509662092, 0.751906931, -0.735429049,
    ],
  ],
  [
    "varianceScaling fanOut normal",
    varianceScaling({ scale: 2, mode: "fanOut", distribution: "normal" }),
    [2, 1, 3],
    [0.936832845, 1.169287086, -0.250335872, -0.0453897454, 0.101666123, -0.561235964],
  ],
  [
    "orthogonalInit, tall",
    orthogonalInit(),
    [3, 2],
    [0.960836649, 0.186048388, -0.256750017, 0.318811208, 0.104271039, -0.929379046],
  ],
  [
    "orthogonalInit, wide, gain 2",
    orthogonalInit(2),
    [2, 3],
    [1.921673298, -0.513500035, 0.208542079, 0.372096777, 0.637622416, -1.858758092],
  ],
  [
    "orthogonalInit of a window",
    orthogonalInit(),
    [2, 2, 2],
    [
      0.922000289, 0.313975334, -0.246372387, 0.204423577, 0.100056484, -0.708838105, -0.281433374,
      0.597644746,
    ],
  ],
  [
    "truncatedNormalInit",
    truncatedNormalInit(0.5),
    [3, 2],
    [0.7279796, 0.857374371, -0.206337675, -0.0375167169, 0.0840005055, -0.456307054],
  ],
  [
    "truncatedNormalInit with bounds",
    truncatedNormalInit(0.5, { lower: -1, upper: 3 }),
    [3, 2],
    [0.846071482, 1.033758879, -0.0783021078, 0.0657806396, 0.175703987, -0.265546858],
  ],
];

describe("initializers", () => {
  test.each(pins)(
    "%s has the numbers of jax.nn.initializers",
    async (_name, init, shape, expected) => {
      const weight = init(key(0), shape);
      expect(weight.shape).toEqual(shape);
      await assertAllclose(weight.flatten(), tensor([...expected]), { rtol: 5e-6, atol: 1e-6 });
    },
  );

  const t5 = t5Init({ nEmbd: 64, headDim: 8, nHead: 16, hidden: 256 });
  const gpt2 = gpt2Init({ nLayer: 12 });
  // standard deviations of transformers' _init_weights for these sizes
  test.each<[string, Initializer, number, number]>([
    ["uniformInit", uniformInit(-1, 3), 1, 16 / 12],
    ["gpt2 kernels", gpt2.kernelInit, 0, 0.02 ** 2],
    ["gpt2 outputs", gpt2.outputInit, 0, 0.02 ** 2 / 24],
    ["gpt2 tables", gpt2.tableInit, 0, 0.02 ** 2],
    ["bert", bertInit().kernelInit, 0, 0.02 ** 2],
    ["t5 tables", t5.tableInit, 0, 1],
    ["t5 queries", t5.queryInit, 0, 1 / (64 * 8)],
    ["t5 keys and values", t5.keyValueInit, 0, 1 / 64],
    ["t5 attention output", t5.attentionOutputInit, 0, 1 / 128],
    ["t5 up", t5.upInit, 0, 1 / 64],
    ["t5 down", t5.downInit, 0, 1 / 256],
    ["t5 relative bias", t5.relativeBiasInit, 0, 1 / 64],
  ])("%s has its mean and variance", async (_name, init, expectedMean, expected) => {
    const weight = init(key(7), [200, 100]);
    const error = Math.abs((await numberOf(mean(weight))) - expectedMean);
    expect(error).toBeLessThan(5 * Math.sqrt(expected / 20_000));
    expect((await numberOf(variance(weight))) / expected).toBeCloseTo(1, 1);
  });

  test("orthogonal columns, constants, and what is refused", async () => {
    const q = orthogonalInit()(key(3), [3, 2, 4]).reshape([6, 4]);
    await assertAllclose(q.transpose().matmul(q), eye(4), { atol: 1e-5 });
    await assertAllclose(constantInit(3)(key(0), [2]), tensor([3, 3]));
    expect(() => orthogonalInit()(key(0), [3])).toThrow("at least two axes");
    expect(() => varianceScaling({ scale: 0 })).toThrow("scale must be above 0");
    expect(() => varianceScaling({ mode: "fan" as never })).toThrow("mode must be one of");
    expect(() => varianceScaling({ distribution: "x" as never })).toThrow(
      "distribution must be one of",
    );
  });
});
