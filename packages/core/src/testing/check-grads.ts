import { isFloat } from "../dtype.ts";
import { Tensor } from "../tensor.ts";
import { getBackend } from "../backend/current.ts";
import { allocate } from "../host-array.ts";
import type { Aval } from "../ir/aval.ts";
import { sizeOf } from "../shape.ts";
import { flattenTensors } from "../transforms/trace-function.ts";
import { trusted } from "../internal/typed.ts";
import { unflatten } from "../tree/structure.ts";
import { jvp } from "../transforms/jvp.ts";
import { vjp } from "../transforms/vjp.ts";
import { assertAllclose, type Tolerance } from "./allclose.ts";

/** What `checkGrads` checks and how closely. */
export type CheckGradsOptions = Tolerance & {
  /** Highest order of differentiation; default 2. */
  readonly order?: number;
  /** Forward mode, reverse mode, or both (default). */
  readonly modes?: readonly ("fwd" | "rev")[];
  /** Step of the central differences; default 1e-4 for float64, 1e-2 for others. */
  readonly eps?: number;
};

type Leaves = readonly Tensor[];
type Flat = (...xs: Leaves) => Leaves;
type Settings = Required<Pick<CheckGradsOptions, "modes" | "rtol" | "atol" | "eps">>;

/** Fixed irregular numbers in [-1, 1], different for each seed. */
const direction = ({ shape, dtype }: Aval, seed: number): Tensor => {
  const data = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++)
    data[i] = Math.sin(12.9898 * (i + 1) + 78.233 * (seed + 1)) * 0.9 + 0.05;
  return Tensor.stored(getBackend().fromHost({ shape, dtype, data }));
};

const directions = (xs: Leaves, seed: number): Leaves =>
  xs.map((x, i) => direction(x.aval, seed + i));

const inner = (a: Leaves, b: Leaves): Tensor =>
  a
    .map((x, i) => x.mul(b[i] ?? 0).sum())
    .reduce((sum, x) => sum.add(x), Tensor.literal(0, a[0]?.dtype ?? "float32"));

const along = (xs: Leaves, ts: Leaves, step: number): Leaves =>
  xs.map((x, i) => x.add((ts[i] ?? x).mul(step)));

const numericJvp = (f: Flat, xs: Leaves, ts: Leaves, eps: number): Leaves => {
  const [above, below] = [f(...along(xs, ts, eps)), f(...along(xs, ts, -eps))];
  return above.map((y, i) => y.sub(below[i] ?? y).div(2 * eps));
};

const check = async (
  f: Flat,
  xs: Leaves,
  order: number,
  seed: number,
  settings: Settings,
): Promise<void> => {
  const ts = directions(xs, seed);
  const expected = numericJvp(f, xs, ts, settings.eps);
  const forward: Flat = (...vs) => jvp<Leaves, Leaves>(f, vs, ts)[1];
  const cts = directions(expected, seed + 17);
  const reverse: Flat = (...vs) => vjp<Leaves, Leaves>(f, ...vs)[1](cts);
  if (settings.modes.includes("fwd")) await assertAllclose(forward(...xs), expected, settings);
  if (settings.modes.includes("rev"))
    await assertAllclose(inner(reverse(...xs), ts), inner(cts, expected), settings);
  if (order <= 1) return;
  if (settings.modes.includes("fwd")) await check(forward, xs, order - 1, seed + 31, settings);
  if (settings.modes.includes("rev")) await check(reverse, xs, order - 1, seed + 57, settings);
};

/** `fn` as a function of the floating-point leaves of its arguments, giving the floating-point leaves of its result. */
const floatPart = <A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  args: A,
): { readonly f: Flat; readonly xs: Leaves } => {
  const flat = flattenTensors("checkGrads", args);
  const f: Flat = (...xs) => {
    const next = xs[Symbol.iterator]();
    const leaves = flat.leaves.map((leaf) => (isFloat(leaf.dtype) ? next.next().value : leaf));
    const result = fn(...trusted<A>(unflatten(flat.structure, leaves)));
    return flattenTensors("checkGrads", result).leaves.filter((y) => isFloat(y.dtype));
  };
  return { f, xs: flat.leaves.filter((x) => isFloat(x.dtype)) };
};

/**
 * Compares derivatives of `fn` at `args` with central differences along one irregular direction, in forward and
 * reverse mode, up to `order`, every mix of modes included. Throws NotCloseError. Best in float64.
 *
 * ```ts doctest
 * import { sin, tensor } from "@adjoint/core";
 * import { checkGrads } from "@adjoint/core/testing";
 * await checkGrads(sin, [tensor([0.1, 0.7], { dtype: "float64" })], { order: 2 });
 * ```
 */
export const checkGrads = async <A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  args: A,
  options: CheckGradsOptions = {},
): Promise<void> => {
  const { f, xs } = floatPart(fn, args);
  const isDouble = xs.every((x) => x.dtype === "float64");
  const { order = 2, modes = ["fwd", "rev"], eps = isDouble ? 1e-4 : 1e-2 } = options;
  const { rtol = isDouble ? 1e-5 : 2e-2, atol = isDouble ? 1e-6 : 2e-3 } = options;
  await check(f, xs, order, 1, { modes, eps, rtol, atol });
};
