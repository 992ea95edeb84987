import {
  attention,
  type AttentionOptions,
  concatenate,
  ones,
  softmax,
  split,
  type Tensor,
  tensor,
  tril,
  where,
} from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { afterAll, describe, it } from "vitest";
import {
  type Argument,
  checkFused,
  floats,
  type Program,
  roundings,
} from "../support/check-fused.ts";
import { softwareBackend } from "../support/software-backend.ts";

const backend = await softwareBackend();
afterAll(() => backend.dispose());

/** The slope of softmax is a difference of numbers of order 1, exactly zero in theory where there is one key. */
const tolerance = { ...roundings, absolute: 1e-6 };

/** q, k and v of some heads over t places. */
const heads = (t: number, ofQueries: number, ofKeys: number): readonly Argument[] => [
  floats([2, ofQueries, t, 8], 1),
  floats([2, ofKeys, t, 8], 2),
  floats([2, ofKeys, t, 8], 3),
];

const kinds: Readonly<Record<string, (t: number) => AttentionOptions>> = {
  "all keys": () => ({}),
  causal: () => ({ causal: true }),
  window: (t) => ({ causal: true, window: Math.ceil(t / 3) }),
  softcap: () => ({ causal: true, softcap: 0.7, scale: 0.4 }),
  mask: (t) => ({ mask: tril(ones([t, t])).greater(0) }),
};

const check = (args: readonly Argument[], program: Program): Promise<void> =>
  checkFused(backend, args, program, { tolerance });

describe.each([1, 3, 17, 65])("attention over %i places", (t) => {
  it.each(Object.keys(kinds))("%s", (kind) =>
    check(heads(t, 2, 2), (q, k, v) => [attention(q!, k!, v!, kinds[kind]?.(t)).mul(2)]),
  );

  it("grouped queries", () =>
    check(heads(t, 4, 2), (q, k, v) => [attention(q!, k!, v!, { causal: true })]));

  it("a bias that is learned", () =>
    check([...heads(t, 2, 2), floats([2, t, t], 4)], (q, k, v, bias) => [
      attention(q!, k!, v!, { causal: true, bias: bias! }),
    ]));

  it("dropout by a key", () =>
    check(heads(t, 2, 2), (q, k, v) => [
      attention(q!, k!, v!, { causal: true, dropout: 0.3, key: key(5) }),
    ]));

  it("from one projection", () =>
    check([floats([2, t, 16], 1), floats([16, 48], 2, 0.3)], (x, w) => {
      const apart = (y: Tensor): Tensor => y.reshape([2, t, 2, 8]).transpose([0, 2, 1, 3]);
      const [q, k, v] = split(x!.matmul(w!), 3, -1).map(apart);
      const y = attention(q!, k!, v!, { causal: true });
      return [y.transpose([0, 2, 1, 3]).reshape([2, t, 16])];
    }));

  it("as softmax between two products", () =>
    check(heads(t, 2, 2), (q, k, v) => {
      const scores = q!.matmul(k!.transpose([0, 1, 3, 2])).mul(0.5);
      return [softmax(where(tril(ones([t, t])).greater(0), scores, -1e9)).matmul(v!)];
    }));
});

describe.each([1, 3, 17, 63, 65, 1000])("rotary embedding of %i places", (t) => {
  it("by slices and concatenation", () =>
    checkFused(backend, [floats([2, t, 8], 1), floats([t, 4], 2)], (x, angles) => {
      const [left, right] = split(x!, 2, -1) as [Tensor, Tensor];
      const [cos, sin] = [angles!.cos(), angles!.sin()];
      return [
        concatenate([left.mul(cos).sub(right.mul(sin)), right.mul(cos).add(left.mul(sin))], -1).mul(
          tensor(0.5),
        ),
      ];
    }));
});
