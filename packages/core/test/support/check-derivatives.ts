import { fromData, isTensor, jvp, makeIr, type Tensor, vjp, vmap } from "@adjoint/core";
import { expect } from "vitest";
import { internals } from "./internals.ts";

/** A function of up to three float64 tensors (or of any number) with one result or several. */
export type Fn = (...xs: [Tensor, Tensor, Tensor]) => Tensor | readonly Tensor[];

type ListFn = (...xs: readonly Tensor[]) => readonly Tensor[];

const listOf = (result: Tensor | readonly Tensor[]): readonly Tensor[] =>
  isTensor(result) ? [result] : result;

const open =
  (f: Fn): ListFn =>
  (...xs) =>
    listOf(f(...(xs as readonly Tensor[] as [Tensor, Tensor, Tensor])));

const nth = <T>(list: readonly T[], i: number): T => {
  const value = list[i];
  if (value === undefined) throw new RangeError(`nothing at ${i}`);
  return value;
};

/** Deterministic float64 values without ties or symmetries. */
export const wave = (shape: readonly number[], seed = 0): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1);
  return fromData(
    Float64Array.from(
      { length: size },
      (_, i) => Math.sin(1.3 * i + seed + 0.4) + 0.1 * Math.cos(7.1 * i),
    ),
    shape,
  );
};

const flat = (xs: readonly Tensor[]): number[] => xs.flatMap((x) => [...x.dataSync()]);

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? Number.NaN), 0);

const near = (
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
): void => {
  expect(actual.length, what).toBe(expected.length);
  const scale = 1 + Math.max(0, ...expected.map(Math.abs));
  const worst =
    Math.max(0, ...actual.map((x, i) => Math.abs(x - (expected[i] ?? Number.NaN)))) / scale;
  expect(worst, `${what}\n${actual.join()}\n${expected.join()}`).toBeLessThan(tolerance);
};

const step = 1e-6;

/** Central difference of `f` at `xs` along `vs`. */
const difference = (f: ListFn, xs: readonly Tensor[], vs: readonly Tensor[]): number[] => {
  const moved = (by: number): number[] => flat(f(...xs.map((x, i) => x.add(nth(vs, i).mul(by)))));
  const [up, down] = [moved(step), moved(-step)];
  return up.map((u, i) => (u - (down[i] ?? 0)) / (2 * step));
};

/**
 * Forward mode against finite differences, reverse mode against forward mode, then both for the derivatives
 * themselves until `order`.
 */
export const checkDerivatives = (f: Fn, xs: readonly Tensor[], order = 2): void => {
  const list = open(f);
  const vs = xs.map((x, i) => wave(x.shape, 2.5 + i));
  const [ys, tangents] = jvp(list, [...xs], vs) as unknown as [Tensor[], Tensor[]];
  near(flat(tangents), difference(list, xs, vs), 2e-8, `forward derivative, ${order} to go`);
  const cts = ys.map((y, i) => wave(y.shape, 5.5 + i));
  const pull: ListFn = (...args) => {
    const [, pullback] = vjp(list, ...args);
    return (pullback as unknown as (ct: readonly Tensor[]) => readonly Tensor[])(cts);
  };
  const reverse = dot(flat(pull(...xs)), flat(vs));
  near([reverse], [dot(flat(tangents), flat(cts))], 1e-11, `reverse derivative, ${order} to go`);
  if (order < 2) return;
  const push: ListFn = (...args) => (jvp(list, args, vs) as unknown as [Tensor[], Tensor[]])[1];
  checkDerivatives(push, xs, order - 1);
  checkDerivatives(pull, xs, order - 1);
};

/** Every choice of mapped arguments but none. */
const choices = (count: number): readonly (readonly boolean[])[] =>
  Array.from({ length: 2 ** count - 1 }, (_, n) =>
    Array.from({ length: count }, (_unused, i) => (((n + 1) >> i) & 1) === 1),
  );

/** `vmap` against a loop, for every choice of mapped arguments; `shapes` are those of one example. */
export const checkBatching = (f: Fn, make: (index: number) => readonly Tensor[]): void => {
  const examples = [make(0), make(1), make(2)];
  for (const mapped of choices(examples[0]?.length ?? 0)) {
    const pick = (n: number): readonly Tensor[] =>
      mapped.map((m, i) => nth(nth(examples, m ? n : 0), i));
    const args = mapped.map((m, i) => {
      const own = examples.map((e) => nth(e, i));
      return m ? stackAll(own) : nth(own, 0);
    });
    const list = open(f);
    const batch = vmap(list, { inAxes: mapped.map((m) => (m ? 0 : null)) as never })(...args);
    const single = [0, 1, 2].map((n) => list(...pick(n)));
    batch.forEach((y, i) => {
      const expected = single.map((ys) => nth(ys, i));
      expect(y.shape).toEqual([3, ...nth(expected, 0).shape]);
      near([...y.dataSync()], flat(expected), 1e-12, `vmap ${mapped.join()}, result ${i}`);
    });
  }
};

const stackAll = (xs: readonly Tensor[]): Tensor => {
  const first = nth(xs, 0);
  const data = Float64Array.from(flat(xs));
  return fromData(data, [xs.length, ...first.shape], first.dtype);
};

/** Names of the operations a function is made of. */
export const operationsOf = (f: Fn, ...xs: readonly Tensor[]): readonly string[] =>
  makeIr(open(f))(...xs).eqns.map((eqn) => eqn.primitive.name);

const composites = [
  "softmax",
  "logSoftmax",
  "layerNorm",
  "rmsNorm",
  "gelu",
  "softmaxCrossEntropy",
  "cholesky",
  "triangularSolve",
  "qr",
  "lu",
];

/** `f` with every composite operation replaced by its decomposition. */
export const decomposed =
  (f: Fn): ListFn =>
  (...xs) => {
    const ir = makeIr(open(f))(...xs);
    const values = new Map<unknown, Tensor>();
    ir.inputs.forEach((v, i) => values.set(v, nth(xs, i)));
    ir.captures.forEach(({ variable, value }) => values.set(variable, value));
    const root = internals(nth(xs, 0));
    const read = (atom: (typeof ir.outputs)[number]): Tensor =>
      atom.kind === "literal"
        ? root.literal(atom.value, atom.aval.dtype)
        : (values.get(atom) as Tensor);
    for (const { primitive, params, inputs, outputs } of ir.eqns) {
      const args = inputs.map(read);
      const results = primitive.decompose?.(args, params) ?? root.bind(primitive, args, params);
      outputs.forEach((v, i) => values.set(v, nth(results, i)));
    }
    return ir.outputs.map(read);
  };

/** The decomposition gives the values of the kernel, and no composite is left in it. */
export const checkDecomposition = (f: Fn, xs: readonly Tensor[], tolerance = 1e-12): void => {
  const [kernel, parts] = [open(f)(...xs), decomposed(f)(...xs)];
  near(flat(parts), flat(kernel), tolerance, "decomposition");
  expect(parts.map((p) => [p.shape, p.dtype])).toEqual(kernel.map((k) => [k.shape, k.dtype]));
  expect(operationsOf(f, ...xs).some((name) => composites.includes(name))).toBe(true);
  expect(operationsOf(decomposed(f), ...xs).filter((name) => composites.includes(name))).toEqual(
    [],
  );
};
