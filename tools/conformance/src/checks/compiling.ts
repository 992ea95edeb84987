import { grad, jit, jvp, scope, type Tensor, vmap } from "@adjoint/core";
import { expectNoLeak } from "@adjoint/core/testing";
import type { Case } from "../row.ts";
import { directionLike, floatPart, orderOf, pullback, pushforward } from "./derivatives.ts";
import { call, expectClose, read, roundings, tensorsOf } from "./values.ts";

type Flat = (...xs: readonly Tensor[]) => readonly Tensor[];

const isFloatTensor = (x: Tensor): boolean => x.dtype.includes("float");

/** The program, and where it is differentiable its derivative by reverse and forward mode, as one list of results. */
export const withDerivatives =
  (c: Case, order: number): Flat =>
  (...xs) => {
    const f = floatPart(c.run, xs);
    const floats = xs.filter(isFloatTensor);
    const first = order > 0 ? [...pullback(f)(...floats), ...pushforward(f)(...floats)] : [];
    const second = order > 1 ? pushforward(pullback(f))(...floats) : [];
    return [...call(c.run, xs), ...first, ...second];
  };

/** `jit` gives what the eager call gives, derivatives included, the first time and from the cache. */
export const checkCompiling = async (c: Case): Promise<void> => {
  const program = withDerivatives(c, Math.min(1, orderOf(c)));
  const xs = tensorsOf(c.args);
  const eager = await read(program(...xs));
  const compiled = jit(program);
  expectClose("jit", await read(compiled(...xs)), eager, roundings);
  expectClose("jit from its cache", await read(compiled(...xs)), eager, roundings);
};

/** Transforms leave nothing behind but their results. */
export const checkLeaks = (c: Case): void => {
  const xs = tensorsOf(c.args);
  const compiled = jit((...args: readonly Tensor[]) => call(c.run, args));
  compiled(...xs);
  expectNoLeak(() => compiled(...xs));
  expectNoLeak(() => scope(() => call(c.run, xs)));
  if (xs.length === 0) return;
  const wide = xs.map((x) => x.expandDims(0));
  expectNoLeak(() => vmap((...args: readonly Tensor[]) => call(c.run, args))(...wide));
  if (orderOf(c) === 0) return;
  const f = floatPart(c.run, xs);
  const floats = xs.filter(isFloatTensor);
  const tangents = floats.map(directionLike);
  expectNoLeak(() => jvp(f, floats, tangents as never));
  const total = (...vs: readonly Tensor[]): Tensor =>
    f(...vs)
      .map((y) => y.sum())
      .reduce((a, b) => a.add(b));
  expectNoLeak(() => grad(total, { argnums: floats.map((_, i) => i) })(...floats));
};
