import { isFloat } from "../dtype.ts";
import { ShapeError, TreeError } from "../errors.ts";
import { rebuild, trusted } from "../internal/typed.ts";
import { formatAval } from "../ir/aval.ts";
import { Tensor } from "../tensor.ts";
import {
  flatten,
  formatStructure,
  leafCount,
  leafPaths,
  type Structure,
  unflatten,
} from "../tree/structure.ts";
import type { TensorTree } from "../tree/types.ts";
import { checkDifferentiable } from "./jvp.ts";
import { linearizeIr, transposeLinear } from "./linear-program.ts";
import { scoped, traceFunction } from "./trace-function.ts";
import { checkArgnums, instantiate } from "./vjp.ts";

/** Which arguments to differentiate, and whether `fn` gives `[loss, aux]`. */
export type GradOptions<
  N extends number | readonly number[] = number,
  Aux extends boolean = boolean,
> = {
  /** One position or several; default 0. */
  readonly argnums?: N;
  /** `fn` returns `[loss, aux]`, and `aux` is passed through. */
  readonly hasAux?: Aux;
};

/** Gradients for `argnums`: of one argument, or a tuple for several. */
export type Gradients<A extends readonly unknown[], N> = N extends readonly number[]
  ? { [K in keyof N]: N[K] extends number ? TensorTree<A[N[K]]> : never }
  : N extends number
    ? TensorTree<A[N]>
    : never;

type Evaluated = {
  readonly outputs: readonly Tensor[];
  readonly grads: readonly Tensor[];
  readonly structures: readonly Structure[];
  readonly out: Structure;
};

const checkLoss = (operation: string, loss: Tensor | undefined): Tensor => {
  if (loss === undefined || loss.rank !== 0 || !isFloat(loss.dtype))
    throw new ShapeError({
      operation,
      rule: "the differentiated function must return a floating-point scalar",
      got: loss === undefined ? "no tensor" : formatAval(loss.aval),
      fix: "reduce with sum() or mean(), or use vjp or jacrev",
    });
  return loss;
};

const checkResult = (operation: string, out: Structure, hasAux: boolean): void => {
  const fits = hasAux
    ? out.kind === "list" && out.children.length === 2 && out.children[0]?.kind === "leaf"
    : out.kind !== "list" && out.kind !== "record";
  if (fits) return;
  throw new TreeError({
    operation,
    rule: hasAux
      ? "with hasAux the function must return [loss, aux]"
      : "the differentiated function must return one scalar",
    got: formatStructure(out),
    fix: hasAux ? "return the loss first" : "set hasAux to return [loss, aux]",
  });
};

const evaluate = <A extends readonly unknown[]>(
  operation: string,
  fn: (...args: A) => unknown,
  args: A,
  argnums: readonly number[],
  hasAux: boolean,
): Evaluated => {
  checkArgnums(operation, argnums, args.length);
  const traced = traceFunction(operation, fn, args);
  checkResult(operation, traced.out, hasAux);
  const structures = args.map((arg) => flatten(arg).structure);
  const starts = structures.map((_, n) =>
    structures.slice(0, n).reduce((sum, s) => sum + leafCount(s), 0),
  );
  const range = (n: number): readonly number[] =>
    Array.from(
      { length: leafCount(structures[n] ?? { kind: "leaf" }) },
      (_, i) => (starts[n] ?? 0) + i,
    );
  const chosen = argnums.flatMap(range);
  const leaves = chosen.flatMap((i) => traced.args.leaves[i] ?? []);
  const names = leafPaths(traced.args.structure);
  checkDifferentiable(
    operation,
    leaves,
    chosen.map((i) => `argument ${names[i] ?? ""}`),
  );
  const active = traced.args.leaves.map((_, i) => chosen.includes(i));
  const { outputs, program } = linearizeIr(traced.ir, traced.args.leaves, active);
  const loss = checkLoss(operation, outputs[0]);
  const ascending = [...chosen].sort((a, b) => a - b);
  const results = transposeLinear(program, [Tensor.literal(1, loss.dtype)]);
  const grads = instantiate(
    chosen.map((i) => results[ascending.indexOf(i)] ?? null),
    leaves,
  );
  return {
    outputs,
    grads,
    structures: argnums.map((n) => structures[n] ?? { kind: "leaf" }),
    out: traced.out,
  };
};

const split = (grads: readonly Tensor[], structures: readonly Structure[]): readonly unknown[] => {
  let next = 0;
  return structures.map((s) => unflatten(s, grads.slice(next, (next += leafCount(s)))));
};

const differentiate = <A extends readonly unknown[], R, N extends number | readonly number[]>(
  operation: string,
  fn: (...args: A) => R,
  { argnums, hasAux = false }: GradOptions<N>,
  args: A,
): [TensorTree<R>, Gradients<A, N>] =>
  scoped(() => {
    const list: readonly number[] = typeof argnums === "object" ? argnums : [argnums ?? 0];
    const { outputs, grads, structures, out } = evaluate(operation, fn, args, list, hasAux);
    const parts = split(grads, structures);
    return [
      rebuild<R>(out, outputs),
      trusted<Gradients<A, N>>(typeof argnums === "object" ? parts : parts[0]),
    ];
  });

/**
 * A function giving `[value, gradients]` of a scalar-valued `fn`. With `hasAux`, `fn` returns `[loss, aux]`
 * and the result is `[[loss, aux], gradients]`. Gradients have the tree structure of their argument.
 * Throws ShapeError when the loss is not a scalar, DTypeError for integer arguments.
 *
 * ```ts doctest
 * import { tensor, valueAndGrad, type Tensor } from "@adjoint/core";
 * const loss = (p: { w: Tensor }, x: Tensor) => p.w.mul(x).sum();
 * const [value, grads] = valueAndGrad(loss)({ w: tensor([1, 2]) }, tensor([3, 4]));
 * await value.item(); // => 11
 * await grads.w.toArray(); // => [3, 4]
 * ```
 */
export const valueAndGrad =
  <A extends readonly unknown[], R, const N extends number | readonly number[] = 0>(
    fn: (...args: A) => R,
    options: GradOptions<N> = {},
  ): ((...args: A) => [TensorTree<R>, Gradients<A, N>]) =>
  (...args) =>
    differentiate("valueAndGrad", fn, options, args);

/** What `grad` gives: the gradients, or `[gradients, aux]` with `hasAux`. */
export type GradResult<A extends readonly unknown[], R, N, Aux> = Aux extends true
  ? [Gradients<A, N>, R extends readonly [unknown, infer X] ? TensorTree<X> : never]
  : Gradients<A, N>;

/**
 * The gradient of a scalar-valued function, as a function of the same arguments.
 * With `hasAux`, `fn` returns `[loss, aux]` and the result is `[gradients, aux]`.
 *
 * ```ts doctest
 * import { grad, tensor } from "@adjoint/core";
 * const cube = (x: ReturnType<typeof tensor>) => x.pow(3);
 * await grad(cube)(tensor(2)).item(); // => 12
 * await grad(grad(cube))(tensor(2)).item(); // => 12
 * ```
 */
export const grad =
  <
    A extends readonly unknown[],
    R,
    const N extends number | readonly number[] = 0,
    const Aux extends boolean = false,
  >(
    fn: (...args: A) => R,
    options: GradOptions<N, Aux> = {},
  ): ((...args: A) => GradResult<A, R, N, Aux>) =>
  (...args) =>
    scoped(() => {
      const [value, grads] = differentiate<A, R, N>("grad", fn, options, args);
      const aux: unknown = Array.isArray(value) ? value[1] : undefined;
      return trusted<GradResult<A, R, N, Aux>>(options.hasAux === true ? [grads, aux] : grads);
    });
