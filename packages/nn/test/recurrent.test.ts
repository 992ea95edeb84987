import { makeIr, ones, type Tensor } from "@adjoint/core";
import { key, normal } from "@adjoint/core/random";
import { assertAllclose, checkGrads } from "@adjoint/core/testing";
import { bidirectional, gru, lstm, type LstmState, type RecurrentOptions, rnn } from "@adjoint/nn";
import { describe, expect, test } from "vitest";
import { type Case, type Named, need, testCases } from "./support/cases.ts";

const paramsOf = (t: Named) => ({
  input: need(t, "input").transpose(),
  state: need(t, "state").transpose(),
  ...(t["inputBias"] === undefined ? {} : { inputBias: t["inputBias"] }),
  ...(t["stateBias"] === undefined ? {} : { stateBias: t["stateBias"] }),
});

const settings = <S>(
  t: Named,
  { reverse }: Case["options"],
  state: S | undefined,
): RecurrentOptions<S> => ({
  reverse: reverse === true,
  mask: t["mask"],
  state,
});

const plain =
  (layer: typeof rnn) =>
  (t: Named, options: Case["options"]): Tensor => {
    const [y, last] = layer.applyWithState(paramsOf(t), need(t, "x"), settings(t, options, t["h"]));
    return options["part"] === "hidden" ? last : y;
  };

testCases(
  "recurrent",
  {
    rnn: plain(rnn),
    gru: plain(gru),
    lstm: (t, options) => {
      const state: LstmState | undefined =
        t["h"] === undefined ? undefined : { hidden: t["h"], cell: need(t, "c") };
      const [y, last] = lstm.applyWithState(paramsOf(t), need(t, "x"), settings(t, options, state));
      return options["part"] === "hidden" ? last.hidden : y;
    },
  },
  { count: 18 },
);

describe("recurrent layers", () => {
  const config = { inFeatures: 3, hidden: 4 };
  const x = normal(key(1), [2, 5, 3]);
  const at = (t: Tensor, i: number): Tensor => {
    const [n = 0, , width = 0] = t.shape;
    return t.slice([0, i, 0], [n, i + 1, width]).squeeze(1);
  };

  test("step by step equals the whole sequence", async () => {
    const params = lstm.init(key(0), config);
    const [y, last] = lstm.applyWithState(params, x);
    let state = lstm.initState(params, [2]);
    for (let i = 0; i < 5; i++) {
      const [own, next] = lstm.step(params, state, at(x, i));
      await assertAllclose(own, at(y, i), { rtol: 1e-5, atol: 1e-6 });
      state = next;
    }
    await assertAllclose(state, last, { rtol: 1e-5, atol: 1e-6 });
  });

  test("both directions: the last output of one and the first of the other saw everything", async () => {
    const layer = bidirectional(gru);
    const params = layer.init(key(0), config);
    const y = layer.apply(params, x);
    expect(y.shape).toEqual([2, 5, 8]);
    const forward = gru.apply(params.forward, x);
    const backward = gru.apply(params.backward, x, { reverse: true });
    await assertAllclose(y.slice([0, 0, 0], [2, 5, 4]), forward);
    await assertAllclose(y.slice([0, 0, 4], [2, 5, 8]), backward);
  });

  test("what is traced does not grow with the length; derivatives to order two; misfits are named", async () => {
    const params = gru.init(key(0), config);
    const size = (length: number): number =>
      makeIr((e: Tensor) => gru.apply(params, e))(ones([2, length, 3])).eqns.length;
    expect(size(100)).toBe(size(5));
    const small = {
      input: normal(key(2), [2, 8], { dtype: "float64" }),
      state: normal(key(3), [2, 8], { dtype: "float64" }),
    };
    await checkGrads(
      (p: typeof small, e: Tensor) => lstm.apply(p, e),
      [small, normal(key(4), [3, 2], { dtype: "float64" })],
    );
    expect(() => gru.apply(params, ones([2, 5, 4]))).toThrow("takes x (..., T, C)");
    expect(() => rnn.apply(params, x)).toThrow("input (C, 1 H)");
    expect(() => gru.apply(params, x, { mask: ones([2, 5]) })).toThrow("mask must be bool [2,5]");
    expect(() => lstm.init(key(0), { ...config, hidden: 0 })).toThrow("hidden");
  });
});
