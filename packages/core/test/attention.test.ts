import {
  ArgumentError,
  arange,
  attention,
  type AttentionOptions,
  DTypeError,
  grad,
  hessian,
  jit,
  jvp,
  makeIr,
  scan,
  ShapeError,
  softmax,
  tensor,
  type Tensor,
  vmap,
  zeros,
} from "@adjoint/core";
import { bernoulli, key, splitTuple } from "@adjoint/core/random";
import { checkGrads } from "@adjoint/core/testing";
import { describe, expect, it } from "vitest";
import { checkBatching, checkDerivatives, type Fn, wave } from "./support/check-derivatives.ts";
import { expectNumbers, type FixtureArray, readFixture, toTensor } from "./support/fixtures.ts";
import { internals } from "./support/internals.ts";
import { refuses } from "./support/refuses.ts";

type Row = {
  readonly label: string;
  readonly args: readonly [FixtureArray, FixtureArray, FixtureArray];
  readonly options: AttentionOptions;
  readonly bias: FixtureArray | null;
  readonly mask: FixtureArray | null;
  readonly out: FixtureArray;
  readonly grads: readonly (readonly number[])[];
};

const { cases } = readFixture<{ readonly cases: readonly Row[] }>("attention");

const weighted = (y: Tensor): Tensor =>
  y.mul(arange(0, y.size, { dtype: y.dtype }).cos().reshape(y.shape)).sum();

/** Equations of a program with attention and its derivative replaced by what they decompose to. */
const decomposed =
  (f: (...xs: readonly Tensor[]) => readonly Tensor[]) =>
  (...xs: readonly Tensor[]): readonly Tensor[] => {
    const ir = makeIr(f)(...xs);
    const values = new Map<unknown, Tensor>();
    ir.inputs.forEach((v, i) => values.set(v, xs[i]!));
    ir.captures.forEach(({ variable, value }) => values.set(variable, value));
    const root = internals(xs[0]!);
    const read = (atom: (typeof ir.outputs)[number]): Tensor =>
      atom.kind === "literal"
        ? root.literal(atom.value, atom.aval.dtype)
        : (values.get(atom) as Tensor);
    for (const { primitive, params, inputs, outputs } of ir.eqns) {
      const args = inputs.map(read);
      const isOurs = primitive.name.startsWith("attention");
      const results =
        (isOurs ? primitive.decompose?.(args, params) : undefined) ??
        root.bind(primitive, args, params);
      outputs.forEach((v, i) => values.set(v, results[i]!));
    }
    return ir.outputs.map(read);
  };

describe.each(cases.map((row) => [row.label, row] as const))("PyTorch: %s", (_label, row) => {
  const args = row.args.map((a) => toTensor(a).cast("float64"));
  const mask = row.mask === null ? {} : { mask: toTensor(row.mask) };
  const all = row.bias === null ? args : [...args, toTensor(row.bias).cast("float64")];
  const run = (...[q, k, v, bias]: readonly Tensor[]): Tensor =>
    attention(q!, k!, v!, { ...row.options, ...mask, ...(bias === undefined ? {} : { bias }) });
  const gradients = (...xs: readonly Tensor[]): readonly Tensor[] =>
    grad((...ys: readonly Tensor[]) => weighted(run(...ys)), { argnums: xs.map((_, i) => i) })(
      ...xs,
    );
  it("value", () => {
    const y = run(...all);
    expect(y.shape).toEqual(row.out.shape);
    expectNumbers(y.dataSync(), row.out.data as readonly number[], 1e-10, "value");
  });
  it("gradients", () =>
    gradients(...all).forEach((g, i) =>
      expectNumbers(g.dataSync(), row.grads[i]!, 1e-9, `gradient ${i}`),
    ));
  it("the decompositions give the same", () => {
    const [y] = decomposed((...xs) => [run(...xs)])(...all);
    expectNumbers(y!.dataSync(), row.out.data as readonly number[], 1e-10, "value");
    decomposed(gradients)(...all).forEach((g, i) =>
      expectNumbers(g.dataSync(), row.grads[i]!, 1e-9, `gradient ${i}`),
    );
  });
});

describe("derivatives", () => {
  const f: Fn = (q, k, v) => attention(q, k, v, { causal: true, softcap: 2 });
  const xs = [wave([2, 2, 2]), wave([1, 3, 2], 1), wave([1, 3, 2], 2)];
  it("of every order, in every mode", () => checkDerivatives(f, xs, 3));
  it("of the bias and under a mask", () =>
    checkGrads(
      (x: Tensor, bias: Tensor) =>
        attention(x, x, x, {
          bias,
          mask: tensor([
            [true, false, true],
            [false, false, false],
            [true, true, false],
          ]),
        }),
      [wave([2, 3, 2]), wave([2, 1, 3], 1)],
      { order: 2 },
    ));
  it("of the log-sum-exp", () => {
    const eqn = makeIr((q: Tensor) => attention(q, q, q))(wave([1, 2, 2])).eqns.at(-1)!;
    const both: Fn = (q, k, v) => internals(q).bind(eqn.primitive, [q, k, v], eqn.params);
    checkDerivatives(both, [wave([1, 2, 2]), wave([1, 3, 2], 1), wave([1, 3, 1], 2)], 2);
  });
  it("inside a loop", () =>
    checkGrads(
      (x: Tensor, w: Tensor) =>
        scan((h: Tensor, a: Tensor): [Tensor, null] => [attention(h.mul(a), h, h), null], x, w)[0],
      [wave([1, 3, 2]), wave([2, 2], 1)],
      { order: 2 },
    ));
  it("of a query that sees nothing are zero, in value and in order two", () => {
    const mask = tensor([[false, false]]);
    const loss = (x: Tensor): Tensor =>
      attention(
        x.reshape([1, 1, 2]),
        x.reshape([1, 2, 1]).broadcastTo([1, 2, 2]),
        x.reshape([1, 2, 1]),
        {
          mask,
        },
      ).sum();
    const x = wave([2]);
    expect(loss(x).itemSync()).toBe(0);
    expect([...grad(loss)(x).dataSync()].map(Math.abs)).toEqual([0, 0]);
    expect([...hessian(loss)(x).dataSync()].map(Math.abs)).toEqual([0, 0, 0, 0]);
    const [, slope] = jvp(loss, [x], [wave([2], 1)]);
    expect(slope.itemSync()).toBe(0);
  });
  it("reverse mode holds one operation for the value and one for the derivative", () => {
    const names = makeIr(grad((x: Tensor) => attention(x, x, x).sum()))(wave([1, 3, 2])).eqns.map(
      (e) => e.primitive.name,
    );
    expect(names.filter((name) => name === "attention")).toHaveLength(1);
    expect(names.filter((name) => name === "attentionBackward")).toHaveLength(1);
    expect(names).not.toContain("softmax");
    expect(names).not.toContain("attentionTangent");
  });
});

describe("vmap", () => {
  it("over every choice of operands", () =>
    checkBatching(
      (q, k, v) => attention(q, k, v, { causal: true }),
      (n) => [wave([2, 2, 3], n), wave([1, 4, 3], n + 0.5), wave([1, 4, 2], n + 0.7)],
    ));
  it("of gradients of the bias, shared or not", () => {
    const slope = (q: Tensor, k: Tensor, bias: Tensor): readonly Tensor[] =>
      grad(
        (...xs: [Tensor, Tensor, Tensor]) =>
          weighted(attention(xs[0], xs[1], xs[1], { bias: xs[2] })),
        {
          argnums: [0, 1, 2],
        },
      )(q, k, bias);
    checkBatching(slope, (n) => [
      wave([2, 2, 3], n),
      wave([2, 3, 3], n + 0.5),
      wave([2, 1, 3], n + 0.7),
    ]);
  });
});

describe("dropout", () => {
  const [q, k, v] = [wave([2, 3, 4]), wave([2, 5, 4], 1), wave([2, 5, 3], 2)];
  const drop = { dropout: 0.4, key: key(7) };
  it("keeps the weights that bernoulli chooses, over their probability", () => {
    const weights = softmax(q.matmul(k.transpose([0, 2, 1])).mul(0.5));
    const kept = bernoulli(key(7), [2, 3, 5], { p: 0.6 });
    const wanted = kept.where(weights.div(0.6), 0).matmul(v);
    expectNumbers(attention(q, k, v, drop).dataSync(), [...wanted.dataSync()], 1e-12, "dropout");
  });
  it("is the same compiled, decomposed and in half precision", () => {
    const run = (x: Tensor): Tensor => attention(x, k.cast(x.dtype), v.cast(x.dtype), drop);
    const wanted = [...run(q).dataSync()];
    expectNumbers(jit(run)(q).dataSync(), wanted, 1e-12, "jit");
    expectNumbers(decomposed((x) => [run(x!)])(q)[0]!.dataSync(), wanted, 1e-12, "parts");
    expectNumbers(run(q.cast("float16")).dataSync(), wanted, 2e-2, "float16");
  });
  it("has the derivatives of the function that its key chooses", () =>
    checkDerivatives((a, b, c) => attention(a, b, c, drop), [q, k, v], 2));
  it("under vmap draws for each example what the example alone would draw", () => {
    const run = (x: Tensor, of: Tensor): Tensor => attention(x, k, v, { dropout: 0.4, key: of });
    const [a, b] = splitTuple(key(3), 2);
    const xs = tensor([q.toArraySync(), q.mul(2).toArraySync()] as never, { dtype: "float64" });
    const keys = tensor([a.toArraySync(), b.toArraySync()] as never, { dtype: "uint32" });
    const each = vmap(run, { inAxes: [0, 0] })(xs, keys);
    const wanted = [...run(q, a).dataSync(), ...run(q.mul(2), b).dataSync()];
    expectNumbers(each.dataSync(), wanted, 1e-12, "a key each");
    const shared = vmap(run, { inAxes: [0, null] })(xs, a);
    const same = [...run(q, a).dataSync(), ...run(q.mul(2), a).dataSync()];
    expectNumbers(shared.dataSync(), same, 1e-12, "one key");
    const twice = vmap(vmap(run, { inAxes: [0, null] }), { inAxes: [null, 0] })(xs, keys);
    const four = [a, b].flatMap((of) => [q, q.mul(2)].flatMap((x) => [...run(x, of).dataSync()]));
    expectNumbers(twice.dataSync(), four, 1e-12, "nested");
    const parts = decomposed((x) => [vmap(run, { inAxes: [0, 0] })(x!, keys)])(xs);
    expectNumbers(parts[0]!.dataSync(), wanted, 1e-12, "decomposed");
  });
  it("without a key drops nothing", () =>
    expect(attention(q, k, v, { dropout: 0.4 }).toArraySync()).toEqual(
      attention(q, k, v).toArraySync(),
    ));
});

describe("shapes", () => {
  it("leading axes broadcast, one head meets many", () => {
    const y = attention(zeros([5, 1, 1, 2, 4]), zeros([3, 2, 6, 4]), zeros([1, 6, 7]));
    expect(y.shape).toEqual([5, 3, 2, 2, 7]);
  });
  it("half precision stays half, with sums in float32", () => {
    const x = wave([1, 40, 8]);
    for (const dtype of ["float16", "bfloat16"] as const) {
      const half = x.cast(dtype);
      const y = attention(half, half, half);
      expect(y.dtype).toBe(dtype);
      const wide = half.cast("float32");
      const exact = attention(wide, wide, wide).cast(dtype);
      expectNumbers(y.dataSync(), [...exact.dataSync()], 1e-2, dtype);
    }
  });
});

const x = zeros([2, 3, 4]);
refuses("attention.test.ts", {
  "a missing head axis": [
    () => attention(zeros([3, 4]), x, x),
    ShapeError,
    "attention",
    "expandDims(-3)",
  ],
  "another width": [() => attention(x, zeros([2, 3, 5]), x), ShapeError, "attention", "[2,3,5]"],
  "another length": [() => attention(x, x, zeros([2, 4, 4])), ShapeError, "attention", "[2,4,4]"],
  "heads that do not divide": [
    () => attention(zeros([3, 3, 4]), x, x),
    ShapeError,
    "attention",
    "must be a multiple",
  ],
  "a mask of numbers": [
    () => attention(x, x, x, { mask: zeros([3, 3]) }),
    DTypeError,
    "attention",
    "mask must be bool",
  ],
  "a mask that does not fit": [
    () => attention(x, x, x, { mask: tensor([true, false]) }),
    ShapeError,
    "attention",
    "must broadcast to the scores",
  ],
  "a bias of bools": [
    () => attention(x, x, x, { bias: tensor([true, false, true]) }),
    DTypeError,
    "attention",
    "bias must be floating-point",
  ],
  "a key that is none": [
    () => attention(x, x, x, { dropout: 0.5, key: zeros([2]) }),
    ArgumentError,
    "attention",
    "needs one key",
  ],
  "a rate of 1": [() => attention(x, x, x, { dropout: 1 }), ArgumentError, "attention", "got 1"],
  "a window of 0": [() => attention(x, x, x, { window: 0 }), ArgumentError, "attention", "got 0"],
  "a cap of 0": [() => attention(x, x, x, { softcap: 0 }), ArgumentError, "attention", "got 0"],
  "a scale that is no number": [
    () => attention(x, x, x, { scale: Number.NaN }),
    ArgumentError,
    "attention",
    "got NaN",
  ],
});
