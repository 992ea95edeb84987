import {
  attention,
  concatenate,
  div,
  gelu,
  grad,
  layerNorm,
  matmul,
  rmsNorm,
  softmax,
  softmaxCrossEntropy,
  type Tensor,
  valueAndGrad,
  where,
  withBackend,
  zeros,
} from "@adjoint/core";
import { key, uniform } from "@adjoint/core/random";
import { afterAll, describe, expect, it } from "vitest";
import { createWebgpuBackend, explain, explainWith } from "../../src/index.ts";
import { softwareGpu } from "../support/software-gpu.ts";

const backend = await createWebgpuBackend({ gpu: softwareGpu() });
afterAll(() => backend.dispose());

type Program = {
  readonly fn: (...args: Tensor[]) => unknown;
  readonly args: readonly Tensor[];
  readonly most: number;
};

const [batch, length, width] = [12, 64, 48];
const x = zeros([batch, length, width]);
const row = zeros([width]);
const heads = zeros([2, 4, length, 32]);
const weighted = (fn: (...xs: Tensor[]) => Tensor) => {
  const sum = (y: Tensor, ...xs: Tensor[]): Tensor =>
    fn(...xs)
      .mul(y)
      .sum();
  return grad(sum, { argnums: [1, 2, 3] });
};

/** Halves turned by angles: q cos - r sin and r cos + q sin. */
const rope = (a: Tensor, cos: Tensor, sin: Tensor): Tensor => {
  const q = a.slice([0, 0, 0], [batch, length, width / 2]);
  const r = a.slice([0, 0, width / 2], [batch, length, width]);
  return concatenate([q.mul(cos).sub(r.mul(sin)), r.mul(cos).add(q.mul(sin))], -1);
};

const programs: Readonly<Record<string, Program>> = {
  softmax: { fn: (a) => softmax(a!), args: [x], most: 1 },
  "layer norm": { fn: (a, g, b) => layerNorm(a!, g, b), args: [x, row, row], most: 1 },
  "layer norm, forward and backward": {
    fn: weighted((a, g, b) => layerNorm(a!, g, b)),
    args: [x, x, row, row],
    most: 3,
  },
  "RMS norm": { fn: (a, g) => rmsNorm(a!, g), args: [x, row], most: 1 },
  RoPE: {
    fn: (a, cos, sin) => rope(a!, cos!, sin!),
    args: [x, zeros([length, width / 2]), zeros([length, width / 2])],
    most: 1,
  },
  "product, bias and GELU": {
    fn: (a, w, b) => gelu(matmul(a!, w!).add(b!)),
    args: [x, zeros([width, 4 * width]), zeros([4 * width])],
    most: 1,
  },
  attention: {
    fn: (q, k, v) => attention(q!, k!, v!, { causal: true }),
    args: [heads, heads, heads],
    most: 1,
  },
  // one for the value, one for the derivative of the sum, three for the derivative of attention
  "attention, forward and backward": {
    fn: weighted((q, k, v) => attention(q!, k!, v!, { causal: true })),
    args: [heads, heads, heads, heads],
    most: 5,
  },
  // one for the label of each row, one for the rows, and two for the mean over so many
  "cross-entropy, forward and backward": {
    fn: valueAndGrad((logits: Tensor, labels: Tensor) =>
      softmaxCrossEntropy(logits, labels).mean(),
    ) as Program["fn"],
    args: [zeros([batch * length, 65]), zeros([batch * length], { dtype: "int32" })],
    most: 4,
  },
  "dropout from a key": {
    fn: (a, k) => where(uniform(k as never, [batch, length, width]).less(0.1), 0, a!.div(0.9)),
    args: [x, key(0) as never],
    most: 1,
  },
};

describe("number of kernels", () => {
  for (const [name, { fn, args, most }] of Object.entries(programs))
    it(`${name}: at most ${most}`, () => {
      const report = withBackend(backend, () => explain(fn, ...args));
      expect(report.totals.kernels, String(report)).toBeLessThanOrEqual(most);
    });
});

describe("an optimizer over ten parameters", () => {
  const shapes = Array.from({ length: 10 }, (_, i) => [80 + i, 64]);
  const parameters = (): Tensor[] => shapes.map((shape) => zeros(shape));
  const gradients = (a: Tensor, w: Tensor): Tensor[] =>
    shapes.map(([rows = 0]) => matmul(a.slice([0, 0], [rows, 64]), w));
  const clipped = (grads: readonly Tensor[]): readonly Tensor[] => {
    const norm = grads
      .map((g) => g.mul(g).sum())
      .reduce((a, b) => a.add(b))
      .sqrt();
    return grads.map((g) => g.mul(where(norm.less(1), 1, div(1, norm))));
  };
  /** AdamW; `scale` divides the means by what they lack after few steps. */
  const step = (ps: Tensor[], ms: Tensor[], vs: Tensor[], a: Tensor, w: Tensor, scale: Tensor) => {
    const grads = clipped(gradients(a, w));
    const means = ms.map((m, i) => m.mul(0.9).add(grads[i]!.mul(0.1)));
    const squares = vs.map((v, i) => v.mul(0.999).add(grads[i]!.mul(grads[i]!).mul(0.001)));
    const next = ps.map((p, i) => {
      const update = means[i]!.mul(scale).div(squares[i]!.mul(scale).sqrt().add(1e-8));
      return p.sub(update.add(p.mul(0.01)).mul(1e-3));
    });
    return [next, means, squares];
  };
  const made = () => {
    const state = [parameters(), parameters(), parameters()] as const;
    const args = [...state, zeros([96, 64]), zeros([64, 64]), zeros([])] as const;
    return withBackend(backend, () => explainWith({ donateArgnums: [0, 1, 2] }, step, ...args));
  };

  it("clips by the global norm and updates in four kernels after the gradients", () => {
    const { kernels } = made();
    expect(kernels.slice(0, 10).map((k) => k.name)).toEqual(shapes.map(() => "matmul"));
    expect(kernels.slice(10).map((k) => k.name)).toEqual([
      "sum_parts_x10",
      "sum_total_x9",
      "sum_sqrt_where_total",
      "add_sub_x10",
    ]);
  });

  it("updates its state in place", () => {
    const { totals, kernels } = made();
    const bytes = 4 * shapes.reduce((n, [rows = 0, columns = 0]) => n + rows * columns, 0);
    expect(totals.stateBytes).toBe(3 * bytes);
    expect(totals.resultBytes).toBe(0);
    const written = kernels.at(-1)?.operands.filter(({ access }) => access !== "read");
    expect(written?.map(({ place }) => place)).toEqual(Array.from({ length: 30 }, () => "state"));
  });
});
