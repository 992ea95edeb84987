import { type Aval, BackendError, type Ir, type Params } from "@adjoint/core/backend";
import type { GraphBuilder } from "./graph-builder.ts";
import type { Value } from "./value.ts";

/** What a lowering is given besides its operands. */
export type Scope = {
  readonly g: GraphBuilder;
  /** Types of the results. */
  readonly outputs: readonly Aval[];
  /** Types of the operands (float16 and bfloat16 are carried as float32). */
  readonly inputs: readonly Aval[];
  /** Keep to operators of the ONNX standard. */
  readonly isPlain: boolean;
  /** Adds the nodes of a program to `g`, reading `inputs`. */
  readonly inline: (g: GraphBuilder, ir: Ir, inputs: readonly Value[]) => readonly Value[];
};

/** Adds the nodes that compute one operation. */
export type Lowering = (
  scope: Scope,
  operands: readonly Value[],
  params: Params,
) => readonly Value[];

/** One lowering for each primitive name. */
export type LoweringTable = Readonly<Record<string, Lowering>>;

/** The operand at `index`, which must exist. */
export const operand = (operands: readonly Value[], index: number): Value => {
  const value = operands[index];
  if (value === undefined)
    throw new BackendError({
      operation: "onnx",
      rule: `operand ${index} must exist`,
      got: `${operands.length} operands`,
    });
  return value;
};

/** A lowering of one operand to one result. */
export const one =
  (fn: (g: GraphBuilder, x: Value, params: Params, scope: Scope) => Value): Lowering =>
  (scope, operands, params) => [fn(scope.g, operand(operands, 0), params, scope)];

/** A lowering of two operands to one result. */
export const two =
  (fn: (g: GraphBuilder, a: Value, b: Value, params: Params, scope: Scope) => Value): Lowering =>
  (scope, operands, params) => [
    fn(scope.g, operand(operands, 0), operand(operands, 1), params, scope),
  ];

/** Thrown by a lowering for types that no kernel takes; the operation then runs on the host. */
export class NoKernelError extends BackendError {
  override readonly name = "BackendError";
  constructor(operation: string, type: string) {
    super({
      operation,
      rule: `has no ONNX Runtime kernel for ${type}`,
      fix: "cast to float32, or use the reference backend",
    });
  }
}
