import * as A from "@adjoint/core";
import { flags, floats, ints, shaped, vector } from "../data.ts";
import { example, type Row, row } from "../row.ts";

const low = Number.NEGATIVE_INFINITY;

const overRows = (name: "softmax" | "logSoftmax"): Row => {
  const run = A[name];
  return row(
    name,
    [name],
    [
      example("last axis", [floats([2, 5])], (x) => run(x)),
      example("first axis", [floats([4, 3])], (x) => run(x, 0)),
      example("large numbers", [floats([2, 3], 990, 1000)], (x) => run(x)),
      example("masked", [shaped("float32", [2, 3], [1, low, 2, 0, low, low])], (x) => run(x), {
        vary: "scale",
      }),
      example("NaN", [vector("float32", [1, Number.NaN])], (x) => run(x)),
      example("one class", [floats([3, 1])], (x) => run(x)),
      example("no rows", [floats([0, 3])], (x) => run(x)),
      example("int32", [ints([4])], (x) => run(x)),
      example("six axes", [floats([1, 2, 1, 3, 1, 2])], (x) => run(x, 3)),
    ],
  );
};

/** Every setting of attention, at small odd sizes. */
const attention: Row = row(
  "attention",
  ["attention", "attentionBackward"],
  [
    example(
      "heads",
      [floats([2, 3, 4]), floats([2, 3, 4], -1, 1, 1), floats([2, 3, 2], -1, 1, 2)],
      (q, k, v) => A.attention(q, k, v),
    ),
    example(
      "gradients",
      [floats([1, 2, 2]), floats([1, 3, 2], -1, 1, 1), floats([1, 3, 1], -1, 1, 2)],
      (q, k, v) =>
        A.grad(
          (...xs: [A.Tensor, A.Tensor, A.Tensor]) =>
            A.attention(...xs)
              .sin()
              .sum(),
          {
            argnums: [0, 1, 2],
          },
        )(q, k, v),
    ),
    example(
      "grouped queries, causal, more keys than queries",
      [floats([4, 2, 3]), floats([2, 4, 3], -1, 1, 1), floats([2, 4, 3], -1, 1, 2)],
      (q, k, v) => A.attention(q, k, v, { causal: true }),
    ),
    example(
      "causal, fewer keys than queries",
      [floats([1, 4, 2]), floats([1, 2, 2], -1, 1, 1)],
      (q, k) => A.attention(q, k, k, { causal: true }),
    ),
    example("a window", [floats([2, 5, 2]), floats([1, 5, 2], -1, 1, 1)], (q, k) =>
      A.attention(q, k, k, { causal: true, window: 2, scale: 0.7 }),
    ),
    example(
      "a bias for every head, a cap",
      [floats([2, 3, 2]), floats([2, 4, 2], -1, 1, 1), floats([2, 1, 4], -1, 1, 2)],
      (q, k, bias) => A.attention(q, k, k, { bias, softcap: 1.5 }),
    ),
    example(
      "a mask, one query sees nothing",
      [
        floats([2, 2, 3, 2]),
        floats([2, 1, 4, 2], -1, 1, 1),
        shaped("bool", [3, 4], [1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1]),
      ],
      (q, k, mask) => A.attention(q, k, k, { mask }),
      { vary: "scale" },
    ),
    example(
      "a mask for every example",
      [floats([2, 1, 2, 2]), floats([2, 1, 4, 2], -1, 1, 1), flags([2, 1, 1, 4])],
      (q, k, mask) => A.attention(q, k, k, { mask, window: 3 }),
    ),
    example(
      "dropout",
      [floats([2, 2, 3, 2]), floats([2, 1, 4, 2], -1, 1, 1), vector("uint32", [3, 14])],
      (q, k, key) => A.attention(q, k, k, { dropout: 0.3, key, causal: true }),
    ),
    example("no keys", [floats([2, 3, 4]), floats([2, 0, 4])], (q, k) => A.attention(q, k, k)),
    example("no queries", [floats([2, 0, 4]), floats([2, 3, 4])], (q, k) => A.attention(q, k, k)),
    example("one of each", [floats([1, 1, 1])], (x) => A.attention(x, x, x)),
    example(
      "large scores",
      [floats([1, 2, 2], 20, 30), floats([1, 3, 2], -30, 30, 1)],
      (q, k) => A.attention(q, k, k),
      { tolerance: { value: 2e-4, why: "scores of hundreds keep few digits" } },
    ),
  ],
);

/** Composites of neural networks. */
export const networks: readonly Row[] = [
  overRows("softmax"),
  overRows("logSoftmax"),
  attention,
  row(
    "layerNorm",
    ["layerNorm"],
    [
      example(
        "with scale and bias",
        [floats([2, 3, 4]), floats([4], 0.5, 1.5, 1), floats([4], -1, 1, 2)],
        (x, s, b) => A.layerNorm(x, s, b),
      ),
      example("plain", [floats([2, 4])], (x) => A.layerNorm(x)),
      example("own eps", [floats([3])], (x) => A.layerNorm(x, undefined, undefined, { eps: 0.1 })),
      example("no rows", [floats([0, 3])], (x) => A.layerNorm(x)),
      example("NaN", [shaped("float32", [2, 2], [1, 2, Number.NaN, 1])], (x) => A.layerNorm(x)),
    ],
  ),
  row(
    "rmsNorm",
    ["rmsNorm"],
    [
      example("with scale", [floats([2, 3, 4]), floats([4], 0.5, 1.5, 1)], (x, s) =>
        A.rmsNorm(x, s),
      ),
      example("plain", [floats([2, 4])], (x) => A.rmsNorm(x)),
      example("no rows", [floats([0, 3])], (x) => A.rmsNorm(x)),
    ],
  ),
  row(
    "gelu",
    ["gelu"],
    [
      example("exact", [floats([7], -3, 3)], (x) => A.gelu(x)),
      example("tanh", [floats([7], -3, 3)], (x) => A.gelu(x, { approximate: "tanh" })),
      example("slopes of tanh far away", [vector("float32", [30, -30, 1e30, -1e30, 0])], (x) =>
        A.grad((far: A.Tensor) => A.gelu(far, { approximate: "tanh" }).sum())(x),
      ),
      example("scalar", [floats([])], (x) => A.gelu(x)),
      example("size 0", [floats([0])], (x) => A.gelu(x)),
      example(
        "special numbers",
        [vector("float32", [0, 20, -20, Number.NaN, Number.POSITIVE_INFINITY])],
        (x) => A.gelu(x),
      ),
      example("int32", [ints([3])], (x) => A.gelu(x)),
    ],
  ),
  row(
    "softmaxCrossEntropy",
    ["softmaxCrossEntropy"],
    [
      example("rows", [floats([3, 5]), vector("int32", [2, 0, 4])], A.softmaxCrossEntropy),
      example("one row", [floats([5]), shaped("int32", [], [3])], A.softmaxCrossEntropy),
      example(
        "a batch",
        [floats([2, 2, 3]), shaped("int32", [2, 2], [0, 1, 2, 0])],
        A.softmaxCrossEntropy,
      ),
      example(
        "labels out of range",
        [floats([2, 3]), vector("int32", [7, -7])],
        A.softmaxCrossEntropy,
      ),
      example("uint32 labels", [floats([2, 3]), vector("uint32", [1, 2])], A.softmaxCrossEntropy),
      example("no rows", [floats([0, 3]), shaped("int32", [0], [])], A.softmaxCrossEntropy),
      example(
        "large numbers",
        [floats([2, 3], 900, 1000), vector("int32", [1, 2])],
        A.softmaxCrossEntropy,
        {
          tolerance: { value: 1e-4, why: "the loss is a small difference of large logits" },
        },
      ),
    ],
  ),
  row(
    "smooth on constant rows",
    ["layerNorm", "rmsNorm", "softmax", "logSoftmax"],
    [
      example("layerNorm", [shaped("float32", [2, 3], [1, 1, 1, 0, 0, 0])], (x) =>
        A.layerNorm(x, undefined, undefined, { eps: 0.1 }),
      ),
      example("rmsNorm", [shaped("float32", [2, 3], [1, 1, 1, 0, 0, 0])], (x) =>
        A.rmsNorm(x, undefined, { eps: 0.1 }),
      ),
      example("softmax", [shaped("float32", [2, 3], [1, 1, 1, 0, 0, 0])], (x) => A.softmax(x)),
      example("logSoftmax", [shaped("float32", [2, 3], [1, 1, 1, 0, 0, 0])], (x) =>
        A.logSoftmax(x),
      ),
    ],
    ["layerNorm", "rmsNorm", "softmax", "logSoftmax"],
  ),
];
