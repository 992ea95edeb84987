import type { Params, Primitive } from "../primitives/primitive.ts";
import type { Tensor } from "../tensor.ts";
import type { Aval } from "./aval.ts";

/** A typed name in a program; identity is the object itself. */
export class Var {
  readonly kind = "var";
  readonly aval: Aval;
  constructor(aval: Aval) {
    this.aval = aval;
  }
}

/** A scalar constant written into a program. */
export type Literal = { readonly kind: "literal"; readonly value: number; readonly aval: Aval };

/** What an equation reads: a name or a scalar constant. */
export type Atom = Var | Literal;

/** One operation of a program: `outputs = primitive[params](inputs)`. */
export type Eqn = {
  readonly primitive: Primitive;
  readonly params: Params;
  readonly inputs: readonly Atom[];
  readonly outputs: readonly Var[];
  /** Line of user code, recorded while `debugNans` is on. */
  readonly site?: string | undefined;
};

/** A tensor from outside that a program reads. */
export type Capture = { readonly variable: Var; readonly value: Tensor };

/**
 * A traced program in single-assignment form: equations in order, each reading earlier names.
 * `captures` are tensors the traced function closed over; sub-programs of control flow have none.
 */
export type Ir = {
  readonly inputs: readonly Var[];
  readonly captures: readonly Capture[];
  readonly eqns: readonly Eqn[];
  readonly outputs: readonly Atom[];
};

/** Whether `value` is a program (used to find sub-programs among the parameters of an equation). */
export const isIr = (value: unknown): value is Ir =>
  typeof value === "object" &&
  value !== null &&
  "eqns" in value &&
  "captures" in value &&
  "outputs" in value;

/** Whether an equation's parameters hold a program: loops, branches, calls. */
export const holdsProgram = (params: Params): boolean =>
  Object.values(params).some((value) => isIr(value) || (Array.isArray(value) && value.some(isIr)));

/** The program with its captures turned into leading inputs, and the captured tensors in that order. */
export const hoistCaptures = (ir: Ir): { readonly ir: Ir; readonly values: readonly Tensor[] } => ({
  ir: { ...ir, inputs: [...ir.captures.map((c) => c.variable), ...ir.inputs], captures: [] },
  values: ir.captures.map((c) => c.value),
});
