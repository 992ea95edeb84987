import { maximum, sum, type Tensor, where } from "@adjoint/core";
import { evaluateIr, type HostArray, type Ir, traceFlat, Var } from "@adjoint/core/backend";
import { describe, expect, it } from "vitest";
import { orderNodes } from "../src/lower/order-nodes.ts";
import { planKernels } from "../src/fuse/kernel-plan.ts";
import { splitTail } from "../src/fuse/tail.ts";
import { floats, ints, testBackend } from "./support/check-program.ts";

const size = 20_000;
type Fn = (...xs: Tensor[]) => readonly Tensor[];

const trace = (fn: Fn, inputs: readonly HostArray[]): Ir => traceFlat(inputs, (xs) => fn(...xs));

/** Outputs of a compiled program, all of whose inputs are donated, and those of the reference. */
const both = async (
  fn: Fn,
  inputs: readonly HostArray[],
): Promise<[HostArray[], readonly HostArray[]]> => {
  const [ir, backend] = [trace(fn, inputs), await testBackend()];
  const executable = backend.compile(ir, { donated: inputs.map(() => true) });
  const got = executable.run(inputs.map((x) => backend.fromHost(x))).map((b) => b.readSync());
  return [got, evaluateIr(ir, inputs)];
};

const expectSame = ([got, want]: [HostArray[], readonly HostArray[]], relative = 2e-6): void => {
  expect(got.map((a) => a.dtype)).toEqual(want.map((a) => a.dtype));
  got.forEach((a, i) => {
    expect(a.data.length).toBe(want[i]!.data.length);
    const worst = Math.max(
      ...[...a.data].map(
        (x, k) => Math.abs(x - want[i]!.data[k]!) / (1 + Math.abs(want[i]!.data[k]!)),
      ),
    );
    expect(worst).toBeLessThanOrEqual(relative);
  });
};

const momentum: Fn = (p, m, g, rate) => {
  const norm = sum(g!.mul(g!)).sqrt();
  const clipped = g!.mul(where(norm.less(1), 1, norm.pow(-1)));
  const next = m!.mul(0.9).add(clipped.mul(0.1));
  return [p!.sub(next.mul(rate!)), next, norm];
};

describe("the elementwise end of a program", () => {
  const inputs = [floats([size]), floats([size], 2), floats([size], 3), floats([], 4)];

  it("gives what the reference gives, sums included", async () =>
    expectSame(await both(momentum, inputs)));

  it("works on integers and bools", async () => {
    const mixed: Fn = (a, b, x) => {
      const larger = a!.greater(b!);
      return [
        where(larger, a!.mul(3), b!.neg()),
        larger,
        x!.mul(larger.cast("float32")).cast("int32"),
      ];
    };
    expectSame(await both(mixed, [ints([size]), ints([size], 9, 2), floats([size])]), 0);
  });

  it("keeps NaN and infinities", async () => {
    const odd = floats([size]);
    odd.data.set([NaN, Infinity, -Infinity, -0, 0]);
    const fn: Fn = (x, y) => [
      maximum(x!, y!).mul(2).add(1),
      x!.div(y!).abs(),
      where(x!.equal(x!), x!, 7),
    ];
    const [got, want] = await both(fn, [odd, floats([size], 2)]);
    got.forEach((a, i) =>
      expect([...a.data.slice(0, 5)].map(String)).toEqual(
        [...want[i]!.data.slice(0, 5)].map((x) => String(Math.fround(x))),
      ),
    );
  });

  it("is one kernel for the norm, one for each step on it, and updates the state in place", () => {
    const ir = trace(momentum, inputs);
    const { head, eqns } = splitTail(ir);
    expect(head.eqns).toHaveLength(0);
    const plan = planKernels(eqns, ir.inputs.slice(0, 2), ir.outputs);
    expect(plan.kernels.map((k) => k.lengths[1] * k.lengths[2])).toEqual([size, 1, size]);
    expect([...plan.updates]).toEqual([
      [ir.outputs[0], ir.inputs[0]],
      [ir.outputs[1], ir.inputs[1]],
    ]);
  });

  it("does not take the place of an input that a later kernel reads", () => {
    const late: Fn = (p, g) => {
      const next = p!.sub(g!);
      return [next, p!.mul(sum(next.mul(next))).add(1)]; // reads p after next is there
    };
    const ir = trace(late, inputs.slice(0, 2));
    expect(planKernels(splitTail(ir).eqns, ir.inputs.slice(0, 1), ir.outputs).updates.size).toBe(0);
  });

  it("computes such a program as the reference does", async () => {
    const late: Fn = (p, g) => {
      const next = p!.sub(g!);
      return [next, p!.mul(sum(next.mul(next))).add(1)];
    };
    expectSame(await both(late, inputs.slice(0, 2)), 2e-5);
  });

  it("stays in the graph when it is small, and what feeds a product always does", () => {
    const small = trace((x) => [x!.mul(2).add(1).sub(3)], [floats([16])]);
    expect(splitTail(small).eqns).toHaveLength(0);
    const fed = trace(
      (x) => [
        x!
          .mul(2)
          .add(1)
          .reshape([200, 100])
          .matmul(x!.reshape([100, 200]))
          .mul(2)
          .add(1)
          .neg(),
      ],
      [floats([size])],
    );
    const { head, eqns } = splitTail(fed);
    expect(eqns.map((e) => e.primitive.name)).toEqual(["mul", "add", "neg"]);
    expect(head.outputs.every((a) => a instanceof Var)).toBe(true);
  });
});

describe("the order of nodes", () => {
  const node = (opType: string, inputs: string[], output: string) => ({
    opType,
    inputs,
    outputs: [output],
    attributes: {},
  });

  it("puts nodes that none reads last, the earliest at the end", () => {
    const nodes = [
      node("A", ["x"], "a"),
      node("B", ["a"], "b"),
      node("C", ["a"], "c"),
      node("D", ["c"], "d"),
    ];
    expect(orderNodes(nodes).map((n) => n.opType)).toEqual(["A", "C", "D", "B"]);
  });

  it("counts what inner graphs read", () => {
    const graph = { name: "g", nodes: [node("Neg", ["b"], "n")], inputs: [], outputs: [] };
    const loop = {
      ...node("Loop", [], "l"),
      attributes: { body: { kind: "graph" as const, value: graph } },
    };
    expect(orderNodes([node("B", [], "b"), node("E", [], "e"), loop]).map((n) => n.opType)).toEqual(
      ["B", "Loop", "E"],
    );
  });
});
