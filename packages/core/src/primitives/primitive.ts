import type { HostArray } from "../host-array.ts";
import { ArgumentError } from "../errors.ts";
import type { Aval } from "../ir/aval.ts";
import type { Tensor } from "../tensor.ts";

/** Static settings of an operation: plain data, never tensors (a nested program is allowed). */
export type Params = Readonly<Record<string, unknown>>;

/** A tangent or cotangent; `null` is a zero that was never made. */
export type Tangent = Tensor | null;

/** What a transpose rule sees for an operand: its value, or only its type when the operand is linear. */
export type TransposeInput =
  | { readonly linear: false; readonly value: Tensor; readonly aval: Aval }
  | { readonly linear: true; readonly aval: Aval };

/** Result of a batching rule: outputs whose batch axis is 0 where `batched` says so. */
export type Batched = { readonly outputs: readonly Tensor[]; readonly batched: readonly boolean[] };

/** Primal outputs with their tangents. */
export type Dual = { readonly outputs: readonly Tensor[]; readonly tangents: readonly Tangent[] };

/**
 * An operation that programs are made of, with everything a transform or a backend needs to know of it.
 * Rules are written with tensor methods and `bind`, so they are themselves traceable and differentiable.
 */
export interface Primitive<P extends Params = Params> {
  readonly name: string;
  /** Whether `vmap` must be asked even when no operand is batched (operations that name a mapped axis). */
  readonly collective?: boolean;
  /** Whether evaluating a program re-binds `decompose` instead of the primitive (rules that only exist to be transposed). */
  readonly transparent?: boolean;
  /** Shapes and dtypes of the outputs; throws a typed error when the inputs do not fit. */
  abstractEval(inputs: readonly Aval[], params: P): readonly Aval[];
  /** Reference kernel on contiguous host arrays. */
  evaluate(inputs: readonly HostArray[], params: P): readonly HostArray[];
  /** Tangents of the outputs, linear in `tangents`; absent when the outputs have no derivative. */
  jvp?(
    inputs: readonly Tensor[],
    tangents: readonly Tangent[],
    outputs: readonly Tensor[],
    params: P,
  ): readonly Tangent[];
  /** Replaces `jvp` when reverse mode needs other work than forward mode (control flow, checkpoint, custom rules). */
  linearize?(inputs: readonly Tensor[], tangents: readonly Tangent[], params: P): Dual;
  /** Replaces `jvp` and computes the outputs too (control flow runs both together). */
  jointJvp?(inputs: readonly Tensor[], tangents: readonly Tangent[], params: P): Dual;
  /** Cotangents of the linear inputs (`null` for others and for zeros). */
  transpose?(
    cotangents: readonly Tangent[],
    inputs: readonly TransposeInput[],
    params: P,
  ): readonly Tangent[];
  /** Batches over axis 0 of the inputs marked in `batched`; `axisName` is the name the mapped axis was given. */
  vmap(
    inputs: readonly Tensor[],
    batched: readonly boolean[],
    params: P,
    axis: MappedAxis,
  ): Batched;
  /** The same computation in terms of other primitives, for backends without a kernel. */
  decompose?(inputs: readonly Tensor[], params: P): readonly Tensor[];
}

/** The axis a `vmap` maps over. */
export type MappedAxis = { readonly size: number; readonly name: string | undefined };

/** Applies a primitive: runs it, or records it in the trace that is being built. */
export const bind = <P extends Params>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  params: P,
): readonly Tensor[] => {
  const [first] = inputs;
  if (first === undefined)
    throw new ArgumentError({ operation: primitive.name, rule: "needs at least one operand" });
  return first.bind(primitive, inputs, params);
};

/** `bind` for a primitive with one output. */
export const bindOne = <P extends Params>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  params: P,
): Tensor => only(bind(primitive, inputs, params));

/** The single element of a list. */
export const only = <T>(list: readonly T[]): T => {
  const [first] = list;
  if (first === undefined || list.length !== 1)
    throw new ArgumentError({
      operation: "only",
      rule: "expects one value",
      got: `${list.length}`,
    });
  return first;
};
