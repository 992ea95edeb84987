import * as A from "@adjoint/core";
import type { Tensor } from "@adjoint/core";
import { traceFlat } from "@adjoint/core/backend";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prepare } from "../src/backend/prepare.ts";
import { markTransposedKernels } from "../src/passes/transposed-kernel.ts";
import { GraphBuilder } from "../src/lower/graph-builder.ts";
import { lowerIr } from "../src/lower/lower-ir.ts";
import { checkProgram, floats } from "./support/check-program.ts";

type Settings = NonNullable<Parameters<typeof A.conv>[2]>;
type Shape = readonly number[];
type Fn = (...xs: Tensor[]) => readonly Tensor[];

/** The result, and the gradients of both operands under a cotangent that is the same nowhere. */
const withGradients =
  (settings: Settings) =>
  (x: Tensor, kernel: Tensor): readonly Tensor[] => {
    const [y, back] = A.vjp((a: Tensor, b: Tensor) => A.conv(a, b, settings).mul(0.25), x, kernel);
    return [y, ...(back(y.sin()) as readonly Tensor[])];
  };

/** Gradients of the squares of the gradients. */
const second =
  (settings: Settings): Fn =>
  (x, kernel) => {
    const loss = (p: readonly [Tensor, Tensor]): Tensor =>
      A.conv(...p, settings)
        .mul(0.1)
        .sin()
        .sum();
    const [dx, dk] = A.grad((p: readonly [Tensor, Tensor]) => {
      const [a, b] = A.grad(loss)(p);
      return a.mul(a).sum().add(b.mul(b).sum());
    })([x, kernel]);
    return [dx, dk];
  };

const nodesOf = (fn: Fn, ...shapes: readonly Shape[]): GraphBuilder["nodes"] => {
  const avals = shapes.map((shape) => ({ shape, dtype: "float32" as const }));
  const ir = markTransposedKernels(prepare(traceFlat(avals, (xs) => fn(...xs))).ir);
  const g = new GraphBuilder();
  const inputs = ir.inputs.map(({ aval }) => g.name({ type: "float32", shape: aval.shape }));
  lowerIr(g, ir, inputs, { isPlain: false });
  return g.nodes;
};

const opsOf = (...args: Parameters<typeof nodesOf>): readonly string[] =>
  nodesOf(...args).map(({ opType }) => opType);

/** What each case is made of: settings, and the shapes of x and of the kernel. */
const cases: Readonly<Record<string, readonly [Settings, Shape, Shape]>> = {
  "one axis": [{ padding: [[1, 1]] }, [3, 4, 9], [5, 4, 3]],
  "one axis, steps and asymmetric padding": [
    { strides: [3], padding: [[2, 1]] },
    [3, 4, 10],
    [5, 4, 4],
  ],
  "cropped by more than there is": [{ strides: [3], padding: [[2, -1]] }, [3, 1, 2], [2, 1, 1]],
  "cropped by more than there is, in front": [{ padding: [[-3, 4]] }, [2, 3, 2], [2, 3, 2]],
  "two axes": [
    {
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    [3, 2, 8, 8],
    [4, 2, 3, 3],
  ],
  "steps that leave a remainder": [
    {
      strides: [2, 3],
      padding: [
        [1, 1],
        [0, 1],
      ],
    },
    [2, 3, 8, 9],
    [4, 3, 3, 2],
  ],
  "steps longer than the window": [{ strides: [3, 4] }, [2, 3, 8, 9], [4, 3, 1, 2]],
  "a window of one": [{ strides: [2, 2] }, [2, 3, 6, 7], [4, 3, 1, 1]],
  "a dilated window": [
    {
      rhsDilation: [2, 3],
      padding: [
        [2, 2],
        [3, 1],
      ],
    },
    [2, 3, 7, 8],
    [2, 3, 3, 2],
  ],
  "steps and a dilated window": [
    {
      strides: [2, 2],
      rhsDilation: [2, 1],
      padding: [
        [1, 2],
        [0, 1],
      ],
    },
    [3, 2, 9, 8],
    [2, 2, 3, 3],
  ],
  "cropping padding": [
    {
      padding: [
        [-1, 2],
        [1, -2],
      ],
    },
    [2, 3, 7, 8],
    [2, 3, 3, 3],
  ],
  "cropping padding and steps": [
    {
      strides: [2, 2],
      padding: [
        [-2, 0],
        [0, -1],
      ],
    },
    [2, 3, 8, 9],
    [2, 3, 3, 2],
  ],
  "padding wider than the window": [
    {
      padding: [
        [4, 3],
        [3, 5],
      ],
    },
    [2, 2, 3, 4],
    [3, 2, 2, 2],
  ],
  groups: [
    {
      groups: 2,
      strides: [2, 1],
      padding: [
        [1, 1],
        [0, 1],
      ],
    },
    [3, 4, 6, 5],
    [6, 2, 3, 2],
  ],
  depthwise: [
    {
      groups: 4,
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    [3, 4, 5, 5],
    [4, 1, 3, 3],
  ],
  "groups of examples": [{ batchGroups: 2, strides: [2, 2] }, [4, 3, 7, 6], [4, 3, 2, 3]],
  "gaps in x": [
    {
      lhsDilation: [2, 3],
      padding: [
        [2, 1],
        [0, 3],
      ],
    },
    [2, 3, 4, 3],
    [4, 3, 3, 2],
  ],
  "gaps in x, a dilated window and groups": [
    {
      lhsDilation: [3, 2],
      rhsDilation: [2, 3],
      groups: 2,
      padding: [
        [1, 4],
        [5, 2],
      ],
    },
    [2, 4, 4, 3],
    [4, 2, 2, 2],
  ],
  "gaps in x and steps": [
    {
      lhsDilation: [3, 2],
      strides: [2, 3],
      padding: [
        [1, 2],
        [2, 2],
      ],
    },
    [2, 3, 4, 3],
    [4, 3, 2, 3],
  ],
  "gaps in x that padding crops": [
    {
      lhsDilation: [2, 2],
      padding: [
        [-1, -2],
        [1, -1],
      ],
    },
    [2, 3, 5, 5],
    [2, 3, 2, 2],
  ],
  "results far outside of x": [{ lhsDilation: [2], padding: [[9, 0]] }, [2, 3, 2], [2, 3, 2]],
  "nothing but what lies outside of x": [{ padding: [[3, -2]] }, [2, 3, 2], [2, 3, 2]],
  "more places than fold": [
    {
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    [2, 2, 9, 9],
    [3, 2, 3, 3],
  ],
  "more taps than fold": [
    {
      padding: [
        [4, 4],
        [4, 4],
      ],
    },
    [2, 2, 9, 8],
    [3, 2, 9, 9],
  ],
  "three axes": [
    {
      strides: [1, 2, 1],
      padding: [
        [1, 1],
        [0, 1],
        [1, 0],
      ],
    },
    [2, 3, 4, 5, 3],
    [4, 3, 2, 3, 2],
  ],
  "one example": [
    {
      strides: [2, 2],
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    [1, 3, 6, 6],
    [4, 3, 3, 3],
  ],
  "one channel": [
    {
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    [3, 1, 6, 6],
    [1, 1, 3, 3],
  ],
};

describe("convolution", () => {
  it.each(Object.entries(cases))("%s", async (name, [settings, x, kernel]) => {
    await checkProgram(withGradients(settings), [floats(x), floats(kernel, 2)], name, 4);
    await checkProgram(second(settings), [floats(x), floats(kernel, 2)], `${name}, twice`, 16);
  });
  it("transposed convolutions and their gradients", async () => {
    for (const options of [
      { stride: 2, padding: 1, outputPadding: 1 },
      { stride: 3, dilation: 2 },
      { padding: 1 },
      { stride: 2, groups: 2 },
    ]) {
      const { groups = 1 } = options;
      await checkProgram(
        (x, kernel) => {
          const [y, back] = A.vjp(
            (a: Tensor, b: Tensor) => A.convTranspose2d(a, b, options),
            x,
            kernel,
          );
          return [y, ...(back(y.sin()) as readonly Tensor[])];
        },
        [floats([2, 4, 5, 4]), floats([4, 6 / groups, 3, 3], 2)],
        JSON.stringify(options),
        4,
      );
    }
  });
  it("any settings", async () => {
    const small = (min: number, max: number) => fc.integer({ min, max });
    const axis = fc.record({
      size: small(1, 7),
      window: small(1, 3),
      stride: small(1, 3),
      gap: small(1, 3),
      dilation: small(1, 2),
      low: small(-4, 3),
      high: small(-4, 3),
    });
    const drawn = fc.record({
      axes: fc.array(axis, { minLength: 1, maxLength: 3 }),
      n: small(1, 3),
      c: small(1, 3),
      o: small(1, 2),
      groups: fc.constantFrom(1, 1, 2),
      batchGroups: fc.constantFrom(1, 1, 2),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ axes, n, c, o, groups, batchGroups }) => {
        if (groups * batchGroups > 2) return;
        const x = [n * batchGroups, c * groups, ...axes.map(({ size }) => size)];
        const kernel = [o * groups * batchGroups, c, ...axes.map(({ window }) => window)];
        const settings = {
          strides: axes.map(({ stride }) => stride),
          padding: axes.map(({ low, high }) => [low, high] as const),
          lhsDilation: axes.map(({ gap }) => gap),
          rhsDilation: axes.map(({ dilation }) => dilation),
          groups,
          batchGroups,
        };
        await checkProgram(
          withGradients(settings),
          [floats(x), floats(kernel, 2)],
          JSON.stringify({ x, kernel, settings }),
          4,
        );
      }),
      { numRuns: 60, seed: 5 },
    );
  });
});

describe("what convolutions become", () => {
  const same = {
    padding: [
      [1, 1],
      [1, 1],
    ],
  } satisfies Settings;
  const gradients =
    (settings: Settings): Fn =>
    (x, kernel) =>
      withGradients(settings)(x, kernel).slice(1);
  it("the gradient of a kernel is one product over all channels, which reads no column matrix", () => {
    const nodes = nodesOf(
      (x, kernel) => [gradients(same)(x, kernel)[1] ?? x],
      [2, 16, 12, 12],
      [8, 16, 3, 3],
    );
    const shapes = nodes.flatMap(({ opType, attributes }) =>
      opType === "Conv" ? [attributes?.["kernel_shape"]] : [],
    );
    expect(shapes).toEqual([
      { kind: "ints", value: [3, 3] },
      { kind: "ints", value: [12, 12, 1] },
    ]);
  });
  it("padding is the node's own", () =>
    expect(opsOf(gradients(same), [2, 3, 12, 12], [4, 3, 3, 3])).not.toContain("Pad"));
  it("the gradient of x neither flips the kernel nor spreads the cotangent", () => {
    const strided = { ...same, strides: [2, 2] };
    const ops = opsOf(gradients(strided), [2, 3, 24, 24], [4, 3, 3, 3]);
    expect(ops).toContain("ConvTranspose");
    expect(ops).not.toContain("Slice");
    expect(ops).not.toContain("Concat");
  });
  it("nor does it hold more than 64 MiB of columns for an example", () => {
    const ops = opsOf(
      (x, kernel) => gradients(same)(x, kernel).slice(0, 1),
      [1, 64, 200, 200],
      [2, 64, 3, 3],
    );
    expect(ops.filter((op) => op.startsWith("Conv"))).toEqual(["Conv", "Conv"]);
  });
  it("with few places it is one product for all examples", () => {
    const ops = opsOf(gradients(same), [4, 3, 5, 5], [4, 3, 3, 3]);
    expect(ops.filter((op) => op === "MatMul" || op === "Col2Im")).toEqual(["MatMul", "Col2Im"]);
  });
  it("so is a transposed convolution", () => {
    const up: Fn = (x, kernel) => [A.convTranspose2d(x, kernel, { stride: 2 })];
    expect(opsOf(up, [2, 3, 9, 9], [3, 4, 2, 2])).toEqual(["ConvTranspose"]);
  });
});
