import { rebuildWith, trusted } from "../internal/typed.ts";
import { iotaP } from "../primitives/iota.ts";
import { only } from "../primitives/primitive.ts";
import { apply, Tensor } from "../tensor.ts";
import { leafPaths, type Structure, unflatten } from "../tree/structure.ts";
import type { MapLeaves, TensorTree } from "../tree/types.ts";
import { grad } from "./grad.ts";
import { checkDifferentiable, jvp } from "./jvp.ts";
import { flattenTensors, scoped } from "./trace-function.ts";
import { checkArgnums, vjp } from "./vjp.ts";
import { vmap } from "./vmap.ts";

/** Which argument a Jacobian is taken with respect to; default 0. */
export type JacobianOptions<N extends number = number> = { readonly argnums?: N };

/** For each leaf of the result, a tree like the argument holding derivatives of shape `[...out, ...in]`. */
export type Jacobian<R, X> = MapLeaves<R, TensorTree<X>>;

type Leaves = readonly Tensor[];

/** `fn` as a function of the leaves of one argument. */
type Focused = {
  readonly leaves: Leaves;
  readonly structure: Structure;
  readonly call: (...leaves: Leaves) => Leaves;
  readonly out: () => Structure;
};

const focus = <A extends readonly unknown[]>(
  operation: string,
  fn: (...args: A) => unknown,
  args: A,
  n: number,
): Focused => {
  checkArgnums(operation, [n], args.length);
  const flat = flattenTensors(operation, args[n]);
  checkDifferentiable(operation, flat.leaves, leafPaths(flat.structure));
  let out: Structure = { kind: "leaf" };
  const call = (...leaves: Leaves): Leaves => {
    const replaced = args.map((arg, i) => (i === n ? unflatten(flat.structure, leaves) : arg));
    const result = flattenTensors(operation, fn(...trusted<A>(replaced)));
    out = result.structure;
    return result.leaves;
  };
  return { ...flat, call, out: () => out };
};

/** Unit tensors like `x`, stacked: (size, ...shape). */
const basis = (x: Tensor): Tensor => {
  const n = x.size;
  const count = (axis: number): Tensor =>
    only(apply(iotaP, [], { shape: [n, n], dtype: "int32", axis }));
  return count(0)
    .equal(count(1))
    .cast(x.dtype)
    .reshape([n, ...x.shape]);
};

const zerosLike = (x: Tensor): Tensor => Tensor.literal(0, x.dtype).broadcastTo(x.shape);

/** Column blocks of the Jacobian: per input leaf, for each output leaf a tensor (...out, ...in). */
const forwardColumns = ({ leaves, call }: Focused): readonly Leaves[] =>
  leaves.map((x, i) => {
    const push = (direction: Tensor): Leaves => {
      const tangents = leaves.map((other, j) => (j === i ? direction : zerosLike(other)));
      return jvp(call, leaves, tangents)[1];
    };
    const columns = vmap(push, { outAxes: -1 })(basis(x)); // (...out, size)
    return columns.map((column) => column.reshape([...column.shape.slice(0, -1), ...x.shape]));
  });

/**
 * Jacobian by forward mode: cheap when there are few inputs.
 *
 * ```ts doctest
 * import { jacfwd, tensor } from "@adjoint/core";
 * const square = (x: ReturnType<typeof tensor>) => x.mul(x);
 * await jacfwd(square)(tensor([1, 2])).toArray(); // => [[2, 0], [0, 4]]
 * ```
 */
export const jacfwd =
  <A extends readonly unknown[], R, const N extends number = 0>(
    fn: (...args: A) => R,
    options: JacobianOptions<N> = {},
  ): ((...args: A) => Jacobian<R, A[N]>) =>
  (...args) =>
    scoped(() => {
      const focused = focus("jacfwd", fn, args, options.argnums ?? 0);
      const columns = forwardColumns(focused);
      const outputs =
        columns[0]?.map((_, o) =>
          unflatten(
            focused.structure,
            columns.flatMap((c) => c[o] ?? []),
          ),
        ) ?? [];
      return trusted<Jacobian<R, A[N]>>(rebuildWith<R, unknown>(focused.out(), outputs));
    });

/**
 * Jacobian by reverse mode: cheap when there are few outputs.
 *
 * ```ts doctest
 * import { jacrev, tensor } from "@adjoint/core";
 * const total = (x: ReturnType<typeof tensor>) => x.mul(x).sum();
 * await jacrev(total)(tensor([1, 2])).toArray(); // => [2, 4]
 * ```
 */
export const jacrev =
  <A extends readonly unknown[], R, const N extends number = 0>(
    fn: (...args: A) => R,
    options: JacobianOptions<N> = {},
  ): ((...args: A) => Jacobian<R, A[N]>) =>
  (...args) =>
    scoped(() => {
      const focused = focus("jacrev", fn, args, options.argnums ?? 0);
      const [outputs, pullback] = vjp(focused.call, ...focused.leaves);
      const rows = outputs.map((y, o) => {
        const pull = (ct: Tensor): Leaves =>
          pullback(outputs.map((other, j) => (j === o ? ct : zerosLike(other))));
        const stacked = vmap(pull)(basis(y)); // (size of y, ...in)
        return unflatten(
          focused.structure,
          stacked.map((g) => g.reshape([...y.shape, ...g.shape.slice(1)])),
        );
      });
      return trusted<Jacobian<R, A[N]>>(rebuildWith<R, unknown>(focused.out(), rows));
    });

/** For each leaf of the argument, a tree like the argument with second derivatives of shape `[...in, ...in]`. */
export type Hessian<X> = MapLeaves<X, TensorTree<X>>;

/**
 * Matrix of second derivatives of a scalar-valued function: forward over reverse.
 *
 * ```ts doctest
 * import { hessian, tensor } from "@adjoint/core";
 * const f = (x: ReturnType<typeof tensor>) => x.pow(3).sum();
 * await hessian(f)(tensor([1, 2])).toArray(); // => [[6, 0], [0, 12]]
 * ```
 */
export const hessian =
  <A extends readonly unknown[], R, const N extends number = 0>(
    fn: (...args: A) => R,
    options: JacobianOptions<N> = {},
  ): ((...args: A) => Hessian<A[N]>) =>
  (...args) => {
    const gradient = grad<A, R, number>(fn, { argnums: options.argnums ?? 0 });
    return trusted<Hessian<A[N]>>(jacfwd(gradient, { argnums: options.argnums ?? 0 })(...args));
  };

/**
 * Hessian of a scalar-valued function times a vector, without forming the Hessian.
 *
 * ```ts doctest
 * import { hvp, tensor } from "@adjoint/core";
 * const f = (x: ReturnType<typeof tensor>) => x.pow(3).sum();
 * await hvp(f, [tensor([1, 2])], [tensor([1, 1])]).toArray(); // => [6, 12]
 * ```
 */
export const hvp = <A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  primals: A,
  tangents: TensorTree<A>,
): TensorTree<A[0]> => trusted<TensorTree<A[0]>>(jvp(grad(fn), primals, tangents)[1]);
