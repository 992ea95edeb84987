import {
  type ActivationName,
  activationNamed,
  elu,
  geglu,
  glu,
  leakyRelu,
  reglu,
  swiglu,
} from "@adjoint/nn";
import { grad, jit, tensor, type Tensor } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { assertAllclose, checkGrads } from "@adjoint/core/testing";
import { describe, expect, test } from "vitest";
import { dense, need, testCases } from "./support/cases.ts";

const gated = { glu, swiglu, geglu, reglu };

testCases(
  "activations",
  {
    named: (t, { name }) => activationNamed(name as ActivationName)(need(t, "x")),
    leakyRelu: (t, { slope }) => leakyRelu(need(t, "x"), { slope: Number(slope) }),
    elu: (t, { alpha }) => elu(need(t, "x"), { alpha: Number(alpha) }),
    gated: (t, { name }) =>
      gated[name as keyof typeof gated].apply(
        {
          gate: dense(t, "gate", "gateBias"),
          up: dense(t, "up", "upBias"),
          down: dense(t, "down", "downBias"),
        },
        need(t, "x"),
      ),
  },
  { count: 23 },
);

const names: readonly ActivationName[] = [
  ...([
    "elu",
    "gelu",
    "geluTanh",
    "hardSigmoid",
    "hardSilu",
    "hardTanh",
    "quickGelu",
    "identity",
    "leakyRelu",
  ] as const),
  ...(["mish", "relu", "relu2", "relu6", "sigmoid", "silu", "softplus", "tanh"] as const),
];

describe("activations", () => {
  test.each(names)(
    "%s: derivatives to order two, and none is NaN for large numbers",
    async (name) => {
      const f = activationNamed(name);
      await checkGrads(f, [tensor([-4.2, -1.5, -0.3, 0.4, 2.2, 7.1], { dtype: "float64" })]);
      const slope = jit(grad((x: Tensor) => f(x).sum()))(tensor([-1e6, -500, 500, 1e6]));
      expect([...(await slope.data())].map(Number).filter(Number.isNaN)).toEqual([]);
    },
  );

  test("an unknown name is refused", () => {
    expect(() => activationNamed("swish" as never)).toThrow("activation must be one of gelu");
    expect(() => activationNamed("toString" as never)).toThrow("activation must be one of gelu");
  });

  test("a gated MLP starts from its initializers, without biases unless asked", async () => {
    const params = swiglu.init(key(0), { nEmbd: 4, hidden: 6, outFeatures: 3 });
    expect(params.gate.kernel.shape).toEqual([4, 6]);
    expect(params.down.kernel.shape).toEqual([6, 3]);
    expect(params.down).not.toHaveProperty("bias");
    expect(swiglu.init(key(0), { nEmbd: 4, hidden: 6, useBias: true }).up.bias?.shape).toEqual([6]);
    await expect(assertAllclose(params.gate, params.up)).rejects.toThrow("must agree");
    expect(() => swiglu.init(key(0), { nEmbd: 4, hidden: 0 })).toThrow("at least 1");
  });
});
