import * as A from "@adjoint/core";
import type { Axis, ReduceOptions, Tensor } from "@adjoint/core";
import { flags, floats, ints, shaped, vector } from "../data.ts";
import { type Case, type CaseOptions, example, type Row, row } from "../row.ts";

type Reduction = (x: Tensor, axis?: Axis, options?: ReduceOptions) => Tensor;

const flat = { order: 0, why: "piecewise constant: derivatives are zero by definition" } as const;

const shapes = (run: Reduction, options: CaseOptions): readonly Case[] => [
  example("all axes", [floats([2, 3, 4])], (x) => run(x), options),
  example("one axis", [floats([2, 3, 4])], (x) => run(x, 1), options),
  example("last axis kept", [floats([2, 3, 4])], (x) => run(x, -1, { keepDims: true }), options),
  example(
    "two axes kept",
    [floats([2, 3, 4])],
    (x) => run(x, [0, -1], { keepDims: true }),
    options,
  ),
  example("no axes", [floats([2, 3])], (x) => run(x, []), options),
  example("scalar", [floats([])], (x) => run(x), options),
  example("six axes", [floats([2, 1, 2, 1, 2, 2])], (x) => run(x, [1, 3, 4]), options),
  example("no rows", [floats([0, 3])], (x) => run(x, 1), options),
];

const nonFinite = (run: Reduction): readonly Case[] => [
  example("infinities", [vector("float32", [1, Number.POSITIVE_INFINITY, -2])], (x) => run(x)),
  example("NaN", [vector("float32", [1, Number.NaN, 3])], (x) => run(x)),
];

const whole = (run: Reduction): readonly Case[] => [
  example("int32", [ints([2, 3])], (x) => run(x, 0)),
  example("uint32", [ints([2, 3], 0, 9, "uint32")], (x) => run(x, 1)),
  example("bool", [flags([2, 3])], (x) => run(x, 1)),
];

const empty = (run: Reduction, options: CaseOptions): Case =>
  example("of nothing", [floats([2, 0])], (x) => run(x, 1), options);

const nanOfNothing = { order: 0, why: "the value is NaN" } as const;

type Settings = CaseOptions & { readonly ofNothing?: boolean; readonly scalar?: boolean };

const reduction = (
  name: string,
  primitives: readonly string[],
  run: Reduction,
  settings: Settings = {},
): Row => {
  const { ofNothing = true, ...options } = settings;
  return row(name, primitives, [
    ...shapes(run, options),
    ...nonFinite(run),
    ...whole(run),
    ...(ofNothing ? [empty(run, name === "mean" ? nanOfNothing : options)] : []),
  ]);
};

const spreadRow = (name: "variance" | "std"): Row => {
  const run = A[name];
  return row(
    name,
    ["sum"],
    [
      example("all axes", [floats([2, 3, 4])], (x) => run(x)),
      example("one axis", [floats([2, 3, 4])], (x) => run(x, 1)),
      example("corrected", [floats([4, 3])], (x) => run(x, 0, { correction: 1, keepDims: true })),
      example("int32", [ints([2, 5])], (x) => run(x, 1)),
      example("NaN", [vector("float32", [1, Number.NaN])], (x) => run(x)),
      example("of nothing", [floats([2, 0])], (x) => run(x, 1), nanOfNothing),
    ],
  );
};

/** Reductions. */
export const reductions: readonly Row[] = [
  reduction("sum", ["sum"], A.sum),
  reduction("mean", ["sum", "div"], A.mean),
  reduction("prod", ["prod"], A.prod),
  reduction("max", ["reduceMax"], A.max, { ofNothing: false }),
  reduction("min", ["reduceMin"], A.min, { ofNothing: false }),
  reduction("all", ["all"], A.all, flat),
  reduction("any", ["any"], A.any, flat),
  reduction("countNonzero", ["sum"], A.countNonzero, flat),
  reduction("logsumexp", ["exp", "log", "reduceMax"], A.logsumexp, { ofNothing: false }),
  spreadRow("variance"),
  spreadRow("std"),
  row(
    "norm",
    ["sum", "sqrt"],
    [
      example("all axes", [floats([3, 4])], (x) => A.norm(x)),
      example("rows", [floats([3, 4])], (x) => A.norm(x, { axis: 1 })),
      example("rows kept", [floats([3, 4])], (x) => A.norm(x, { axis: -1, keepDims: true })),
      ...[1, 3, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((ord) =>
        example(
          `order ${ord}`,
          [floats([3, 4])],
          (x) => A.norm(x, { ord, axis: 0 }),
          ord === 0 ? flat : {},
        ),
      ),
      example("Frobenius", [floats([2, 2])], (x) => A.norm(x, { ord: "fro" })),
      example("of zeros", [vector("float32", [0, 0])], (x) => A.norm(x), {
        order: 0,
        why: "a cone's tip has no derivative; zero by definition",
        expected: 0,
      }),
    ],
  ),
  row(
    "smooth where elements are equal or 0",
    ["sum", "prod"],
    [
      example("prod with a zero", [shaped("float32", [2, 3], [2, 0, 3, 1, -2, 0.5])], (x) =>
        A.prod(x, 1),
      ),
      example("prod with zeros", [vector("float32", [2, 0, 3, 0])], (x) => A.prod(x)),
      example("variance", [vector("float32", [2, 2, 2])], (x) => A.variance(x)),
      example("logsumexp", [vector("float32", [2, 2, -1])], (x) => A.logsumexp(x)),
      example("a norm of order 4", [vector("float32", [2, 0, -1])], (x) => A.norm(x, { ord: 4 })),
      example("a norm", [vector("float32", [2, 0, -1])], (x) => A.norm(x)),
      example("mean", [vector("float32", [0, 0])], (x) => A.mean(x)),
    ],
    ["prod", "variance", "logsumexp", "norm", "mean"],
  ),
];
