import {
  attention,
  bitwiseAnd,
  grad,
  iota,
  logicalNot,
  rightShift,
  softmax,
  type Tensor,
  vmap,
  where,
} from "@adjoint/core";
import { evaluateIr, type HostArray, traceFlat } from "@adjoint/core/backend";
import { bernoulli, bits, foldIn, split, splitTuple, uniform } from "@adjoint/core/random";
import { describe, expect, it } from "vitest";
import { prepare } from "../src/backend/prepare.ts";
import { segmentsOf } from "../src/backend/segments.ts";
import { Arena } from "../src/machine/arena.ts";
import { makeMachine } from "../src/machine/machine.ts";
import { onnxBackend } from "../src/backend/onnx-backend.ts";
import { loadPublicSession } from "../src/runtime/load-session.ts";
import { array, checkProgram, expectSame, floats } from "./support/check-program.ts";

// Wanted values are those of the reference kernel, which tests of core hold against JAX's.

const keyWords = array("uint32", [2], [0x12345678, 0x9abcdef0]);
const x = floats([6, 4, 50]);

/** Two layers of dropout with keys split twice, as models do. */
const dropped = (key: Tensor, h: Tensor): Tensor => {
  const drop = (of: Tensor, y: Tensor): Tensor =>
    bernoulli(of, y.shape, { p: 0.9 }).where(y.mul(1 / 0.9), 0);
  const [forFirst, forRest] = splitTuple(key, 2);
  const [forSecond, forThird] = splitTuple(foldIn(forRest, 7), 2);
  const first = drop(forFirst, h).mul(h);
  return drop(forThird, drop(forSecond, first).add(h));
};

const loss = (key: Tensor, h: Tensor): Tensor => dropped(key, h).pow(2).sum();

const gradient = (key: Tensor, h: Tensor): Tensor => grad((y: Tensor) => loss(key, y))(h);

/** Programs whose results must have the same bits on every engine. */
const programs: Readonly<
  Record<string, readonly [(...xs: Tensor[]) => Tensor | Tensor[], HostArray[]]>
> = {
  "words of one element": [(k) => bits(k), [keyWords]],
  "words next to the length of a chunk": [
    (k) => [1, 23, 24, 25, 16319, 16321, 16384, 16385].map((n) => bits(k, [n])),
    [keyWords],
  ],
  "numbers and masks over several chunks": [
    (k) => [
      uniform(k, [3, 20_001]),
      uniform(k, [33], { minval: -3, maxval: 5 }),
      bernoulli(k, [131_075], { p: 0.9 }),
      logicalNot(bernoulli(k, [5, 7])),
    ],
    [keyWords],
  ],
  "words, numbers and a mask of the same key": [
    (k) => {
      const u = uniform(k, [1000]);
      return [bits(k, [1000]), u, u.less(0.25), u.greater(0.75).where(u, 1)];
    },
    [keyWords],
  ],
  "integers made of words": [
    (k) => [bitwiseAnd(bits(k, [99]), 15).cast("int32"), rightShift(bits(k, [99]), 3).add(1)],
    [keyWords],
  ],
  "keys of keys": [(k) => [split(k, [3, 2]), foldIn(foldIn(k, 3), 4)], [keyWords]],
  "a key for each row": [
    (k) => [
      vmap((own: Tensor) => uniform(own, [41]))(split(k, 5)),
      vmap((own: Tensor) => split(own, 2))(split(k, 7)),
      vmap((own: Tensor) => bernoulli(own, [3, 5], { p: 0.3 }))(split(k, 4)),
    ],
    [keyWords],
  ],
  "a counter for each row": [
    (k) => vmap((n: Tensor) => foldIn(k, n))(iota([9], 0).mul(5)),
    [keyWords],
  ],
  "half precision": [(k) => uniform(k, [77], { dtype: "float16" }), [keyWords]],
};

describe("random words on the host", () => {
  it.each(Object.entries(programs))("have the same bits: %s", async (_name, [program, inputs]) => {
    await checkProgram((...xs) => program(...xs), inputs);
  });

  it("count without an array beyond the size of constants", () =>
    checkProgram((k) => bernoulli(k, [300_001], { p: 0.5 }).sum(), [keyWords]));

  it("drop elements and weights of attention, forward and backward", async () => {
    const attend = (k: Tensor, h: Tensor): Tensor =>
      attention(h, h, h, { causal: true, dropout: 0.25, key: k });
    await checkProgram((k, h) => [dropped(k, h), gradient(k, h)], [keyWords, x]);
    await checkProgram(
      (k, h) => [attend(k, h), grad((y: Tensor) => attend(k, y).pow(2).sum())(h)],
      [keyWords, x],
    );
    await checkProgram((k, h) => vmap(attend)(split(k, 3), h), [keyWords, floats([3, 2, 8, 4])]);
  });

  it("are all drawn before anything else runs", () => {
    const ir = traceFlat([keyWords, x], ([k, h]) =>
      k === undefined || h === undefined ? [] : [gradient(k, h)],
    );
    const segments = segmentsOf(prepare(ir), new Set());
    expect(segments.map(({ kind }) => kind)).toEqual(["host", "onnx"]);
    expect(segments[0]?.outputs.map(({ aval }) => aval.dtype)).toEqual(["bool", "bool", "bool"]);
  });
});

describe("random words in whole programs on generated kernels", () => {
  const arena = new Arena(false);
  let machines = 0;
  const backend = onnxBackend({
    isSync: false,
    load: loadPublicSession,
    machine: (folded, donated) => {
      const machine = makeMachine(folded, donated, arena, undefined);
      if (machine !== undefined) machines++;
      return machine;
    },
  });

  it.each<readonly [string, (key: Tensor, h: Tensor) => readonly Tensor[]]>([
    ["dropout and its gradient", (k, h) => [dropped(k, h), gradient(k, h)]],
    ["attention", (k, h) => [attention(h, h, h, { causal: true, dropout: 0.25, key: k })]],
    ["words and numbers", (k) => [bits(k, [5000]), uniform(k, [70, 100]).sub(0.5)]],
    [
      "a mask that a row's norm follows",
      (k, h) => [softmax(where(bernoulli(k, h.shape, { p: 0.5 }), h, 0))],
    ],
  ])("are the same: %s", async (name, program) => {
    const inputs = [keyWords, x];
    const ir = traceFlat(inputs, ([k, h]) =>
      k === undefined || h === undefined ? [] : program(k, h),
    );
    const before = machines;
    const executable = backend.compile(ir);
    const outputs = executable.run(inputs.map((a) => backend.fromHost(a)));
    const wanted = evaluateIr(ir, inputs);
    for (const [i, output] of outputs.entries()) {
      const want = wanted[i];
      if (want === undefined) expect.fail(`no output ${i}`);
      expectSame(await output.read(), want, name);
    }
    expect(machines).toBe(before + 1);
  });
});
