import {
  anyProgram,
  fullShape,
  inputsOf,
  lossFunction,
  lossOf,
  type RandomProgram,
  runSteps,
  shortProgram,
  smoothProgram,
} from "@adjoint/conformance/programs";
import {
  checkpoint,
  fromData,
  grad,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  scan,
  stack,
  type Tensor,
  vjp,
  vmap,
} from "@adjoint/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

// The seed is fixed so that a failure repeats; fast-check prints it with the smallest failing program.
const seed = 20_261;
const inputs = inputsOf("float64");

const holds = <T extends [unknown, ...unknown[]]>(
  numRuns: number,
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  predicate: (...args: T) => void,
): void => {
  const options = { seed, numRuns, includeErrorInReport: true };
  fc.assert(fc.property(...arbitraries, predicate), options);
};

type Leaves = readonly Tensor[];
type Loss = (...xs: Leaves) => Tensor;

const every = [0, 1, 2, 3] as const;
const gradients = (f: Loss): ((...xs: Leaves) => Leaves) => grad(f, { argnums: every }) as never;

const numbers = (xs: Leaves): readonly number[] => xs.flatMap((x) => [...x.dataSync()]);

/** Agreement relative to the largest number, which cancellation is measured by. */
const near = (actual: Leaves, expected: Leaves, tolerance: number): void => {
  const [a, b] = [numbers(actual), numbers(expected)];
  expect(a.length).toBe(b.length);
  const scale = 1 + Math.max(0, ...b.map(Math.abs));
  const worst = Math.max(0, ...a.map((x, i) => Math.abs(x - (b[i] as number)))) / scale;
  expect(worst).toBeLessThan(tolerance);
};

const direction = (x: Tensor, i: number): Tensor =>
  fromData(
    Float64Array.from({ length: x.size }, (_, n) => Math.sin(2.1 * n + i + 0.5)),
    x.shape,
  );

const dot = (a: Leaves, b: Leaves): number => {
  const [x, y] = [numbers(a), numbers(b)];
  return x.reduce((sum, v, i) => sum + v * (y[i] as number), 0);
};

/** Central difference along `vs`, extrapolated from two steps. */
const difference = (f: Loss, xs: Leaves, vs: Leaves): number => {
  const slope = (h: number): number => {
    const value = (by: number): number =>
      Number(f(...xs.map((x, i) => x.add((vs[i] as Tensor).mul(by)))).itemSync());
    return (value(h) - value(-h)) / (2 * h);
  };
  const h = 2e-4;
  return (4 * slope(h / 2) - slope(h)) / 3;
};

/** The same inputs with a new first axis of three examples that differ. */
const batchOf = (xs: Leaves): { readonly batch: Leaves; readonly rows: readonly Leaves[] } => {
  const rows = [1, 0.6, -0.8].map((factor) => xs.map((x) => x.mul(factor)));
  return { rows, batch: xs.map((_, i) => stack(rows.map((row) => row[i] as Tensor))) };
};

const stacked = (rows: readonly Leaves[]): Leaves =>
  (rows[0] ?? []).map((_, i) => stack(rows.map((row) => row[i] as Tensor)));

/** A program with a middle part that a transform of functions is put around. */
const withPart =
  (
    program: RandomProgram,
    cut: number,
    around: (f: (...xs: Leaves) => Leaves) => (...xs: Leaves) => Leaves,
  ): Loss =>
  (...xs) => {
    const [from, to] = [
      cut % program.length,
      Math.ceil((cut % program.length) + program.length / 2),
    ];
    const before = runSteps(program.slice(0, from), xs);
    const middle = around((...values) => runSteps(program.slice(from, to), values))(...before);
    return lossOf(runSteps(program.slice(to), middle));
  };

const asList = (f: unknown): ((...xs: Leaves) => Leaves) => f as never;
const cut = fc.nat({ max: 30 });

describe(`derivatives of random programs (seed ${seed})`, () => {
  it("are what finite differences say, by both modes", () =>
    holds(240, [smoothProgram, inputs], (program, xs) => {
      const f = lossFunction(program);
      const vs = xs.map(direction);
      const expected = difference(f, xs, vs);
      const forward = Number(jvp(f, [...xs], vs as never)[1].itemSync());
      expect(Math.abs(forward - expected) / (1 + Math.abs(expected))).toBeLessThan(1e-7);
      const reverse = dot(gradients(f)(...xs), vs);
      expect(Math.abs(reverse - forward)).toBeLessThan(1e-10 * (1 + Math.abs(reverse)));
    }));
  it("of the second order agree: forward over reverse, reverse over reverse, differences", () =>
    holds(80, [shortProgram, inputs], (program, xs) => {
      const vs = xs.map(direction);
      const gradient = gradients(lossFunction(program));
      const along: Loss = (...args) =>
        gradient(...args)
          .map((g, i) => g.mul(vs[i] as Tensor).sum())
          .reduce((a, b) => a.add(b));
      const [, forward] = jvp(gradient, [...xs], vs as never);
      near(gradients(along)(...xs), forward, 1e-10);
      const expected = difference(along, xs, vs);
      expect(Math.abs(dot(forward, vs) - expected) / (1 + Math.abs(expected))).toBeLessThan(1e-6);
    }));
  it("agree however they are asked for: linearize, jacfwd, jacrev, vjp", () =>
    holds(80, [anyProgram, inputs], (program, xs) => {
      const f = lossFunction(program);
      const vs = xs.map(direction);
      const expected = gradients(f)(...xs);
      const [, push] = linearize(f, ...xs);
      expect(Number(push(...(vs as never)).itemSync())).toBeCloseTo(dot(expected, vs), 9);
      const [y, pull] = vjp(f, ...xs);
      near(pull(y.mul(0).add(1)) as never, expected, 1e-12);
      near([jacfwd(f, { argnums: 1 })(...xs) as never], [expected[1] as Tensor], 1e-11);
      near([jacrev(f, { argnums: 1 })(...xs) as never], [expected[1] as Tensor], 1e-12);
    }));
});

describe(`vmap of random programs (seed ${seed})`, () => {
  it("of the value and of the gradient is a loop", () =>
    holds(160, [anyProgram, inputs], (program, xs) => {
      const f = lossFunction(program);
      const { batch, rows } = batchOf(xs);
      near([vmap(f)(...batch)], [stack(rows.map((row) => f(...row)))], 1e-12);
      near(vmap(gradients(f))(...batch), stacked(rows.map((row) => gradients(f)(...row))), 1e-11);
    }));
  it("with shared arguments: the gradient of the sum is the sum of the gradients", () =>
    holds(120, [anyProgram, inputs], (program, xs) => {
      const f = lossFunction(program);
      const [shared, ...rest] = xs as readonly [Tensor, ...Tensor[]];
      const { batch, rows } = batchOf(rest);
      const inAxes = [null, 0, 0, 0];
      const total: Loss = (...args) => vmap(f, { inAxes: inAxes as never })(...args).sum();
      const [gradient] = gradients(total)(shared, ...batch);
      const expected = rows
        .map((row) => gradients(f)(shared, ...row)[0] as Tensor)
        .reduce((a, b) => a.add(b));
      near([gradient as Tensor], [expected], 1e-11);
    }));
  it("nests", () =>
    holds(60, [anyProgram, inputs], (program, xs) => {
      const f = lossFunction(program);
      const { batch, rows } = batchOf(xs);
      const { batch: grid } = batchOf(batch);
      const expected = [1, 0.6, -0.8].map((factor) =>
        stack(rows.map((row) => f(...row.map((x) => x.mul(factor))))),
      );
      near([vmap(vmap(f))(...grid)], [stack(expected)], 1e-11);
    }));
});

describe(`jit, checkpoint and scan of random programs (seed ${seed})`, () => {
  it("jit anywhere changes nothing", () =>
    holds(160, [anyProgram, inputs, cut], (program, xs, place) => {
      const f = lossFunction(program);
      const parted = withPart(program, place, (part) => asList(jit(part)));
      const expected = gradients(f)(...xs);
      near([jit(f)(...xs), parted(...xs)], [f(...xs), f(...xs)], 1e-13);
      near(asList(jit(gradients(f)))(...xs), expected, 1e-12);
      near(gradients(asList(jit(f)) as never)(...xs), expected, 1e-12);
      near(gradients(parted)(...xs), expected, 1e-12);
      const { batch } = batchOf(xs);
      near([jit(vmap(f))(...batch)], [vmap(asList(jit(f)))(...batch) as never], 1e-12);
    }));
  it("checkpoint anywhere changes no derivative", () =>
    holds(120, [anyProgram, inputs, cut], (program, xs, place) => {
      const f = lossFunction(program);
      const parted = withPart(program, place, (part) => asList(checkpoint(part)));
      near([parted(...xs)], [f(...xs)], 1e-13);
      near(gradients(parted)(...xs), gradients(f)(...xs), 1e-12);
      const { batch } = batchOf(xs);
      near(vmap(gradients(parted))(...batch), vmap(gradients(f))(...batch), 1e-11);
    }));
  it("second derivatives pass through checkpoint", () =>
    holds(60, [shortProgram, inputs, cut], (program, xs, place) => {
      const vs = xs.map(direction);
      const parted = withPart(program, place, (part) => asList(checkpoint(part)));
      const second = (f: Loss): Leaves => jvp(gradients(f), [...xs], vs as never)[1];
      near(second(parted), second(lossFunction(program)), 1e-10);
    }));
  it("scan is the loop it stands for, with its derivatives", () =>
    holds(100, [shortProgram, inputs, fc.boolean()], (program, xs, reverse) => {
      const [carry, x, ...rest] = xs as readonly [Tensor, Tensor, Tensor, Tensor];
      const body = (c: Tensor, v: Tensor): readonly [Tensor, Tensor] => {
        const values = runSteps(program, [c, v, ...rest]);
        return [(values.at(-1) as Tensor).add(c.mul(0.1)).broadcastTo(fullShape), lossOf(values)];
      };
      const scanned: Loss = (c, vs) => {
        const [last, ys] = scan(body, c as Tensor, vs as Tensor, { reverse });
        return last.mul(ys.mean()).sum().add(ys.sum());
      };
      const unrolled: Loss = (c, vs) => {
        const order = reverse ? [2, 1, 0] : [0, 1, 2];
        let state = c as Tensor;
        const ys = order.map((i) => {
          const [next, y] = body(state, (vs as Tensor).slice([i], [i + 1]).reshape([]));
          state = next;
          return y;
        });
        return state.mul(stack(ys).mean()).sum().add(stack(ys).sum());
      };
      const both = (f: Loss): Leaves => grad(f, { argnums: [0, 1] })(carry, x);
      near([scanned(carry, x)], [unrolled(carry, x)], 1e-12);
      near(both(scanned), both(unrolled), 1e-11);
      const along = (f: Loss): Leaves =>
        jvp(
          (c: Tensor, v: Tensor) => grad(f)(c, v),
          [carry, x],
          [direction(carry, 0), direction(x, 1)],
        ).slice(1) as never;
      near(along(scanned), along(unrolled), 1e-10);
    }));
});
