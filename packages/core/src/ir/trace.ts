import { TracerError, userLine } from "../errors.ts";
import type { Params, Primitive } from "../primitives/primitive.ts";
import type { Tensor } from "../tensor.ts";
import { type Aval, formatAval } from "./aval.ts";
import { type Atom, type Capture, type Eqn, type Ir, Var } from "./ir.ts";

/**
 * `all`: records every operation while it is on top. `linear`: records only operations that read one of its
 * own values; the others pass through to the trace below, so it ends up holding the tangent program alone.
 */
export type TraceKind = "all" | "linear";

/** A program being recorded. */
export class Trace {
  readonly kind: TraceKind;
  readonly inputs: Var[] = [];
  readonly eqns: Eqn[] = [];
  readonly #captured = new Map<Tensor, Var>();

  constructor(kind: TraceKind) {
    this.kind = kind;
  }

  addInput(aval: Aval): Var {
    const variable = new Var(aval);
    this.inputs.push(variable);
    return variable;
  }

  /** The atom standing for `tensor` here: its own name, a literal, or a capture of an outside value. */
  atomOf(tensor: Tensor): Atom {
    const literal = tensor.literalValue;
    if (literal !== undefined) return { kind: "literal", value: literal, aval: tensor.aval };
    if (tensor.trace === this) return tensor.traceVariable;
    return this.#captureOf(tensor);
  }

  #captureOf(tensor: Tensor): Var {
    if (tensor.trace !== undefined && !stack.includes(tensor.trace)) throw leaked(tensor);
    const known = this.#captured.get(tensor);
    if (known !== undefined) return known;
    const variable = new Var(tensor.aval);
    this.#captured.set(tensor, variable);
    return variable;
  }

  record(
    primitive: Primitive,
    inputs: readonly Tensor[],
    params: Params,
    avals: readonly Aval[],
  ): readonly Var[] {
    const outputs = avals.map((aval) => new Var(aval));
    const site = recordSites ? userLine() : undefined;
    this.eqns.push({ primitive, params, inputs: inputs.map((t) => this.atomOf(t)), outputs, site });
    return outputs;
  }

  captures(): readonly Capture[] {
    return [...this.#captured].map(([value, variable]) => ({ value, variable }));
  }

  finish(outputs: readonly Tensor[]): Ir {
    const atoms = outputs.map((t) => this.atomOf(t));
    return { inputs: this.inputs, captures: this.captures(), eqns: this.eqns, outputs: atoms };
  }
}

/** Error for a tracer whose trace has ended. */
export const leaked = (tensor: Tensor): TracerError =>
  new TracerError({
    operation: "trace",
    rule: "a traced value must not leave the function that is traced",
    got: `a ${formatAval(tensor.aval)} from a finished trace`,
    fix: "return it from the function instead of storing it outside",
  });

const stack: Trace[] = [];
let recordSites = false;

/** Turns the recording of user call sites in equations on or off. */
export const setRecordSites = (on: boolean): void => {
  recordSites = on;
};

/** The traces being recorded, innermost last. */
export const activeTraces = (): readonly Trace[] => stack;

/** Whether some trace records every operation now. */
export const isTracing = (): boolean => stack.some((t) => t.kind === "all");

/** The trace that records an operation on `inputs` now, or undefined when it runs at once. */
export const destination = (inputs: readonly Tensor[]): Trace | undefined => {
  for (let i = stack.length - 1; i >= 0; i--) {
    const trace = stack[i];
    if (trace !== undefined && (trace.kind === "all" || inputs.some((t) => t.trace === trace)))
      return trace;
  }
  return undefined;
};

/** Runs `fn` while `trace` is the innermost one. */
export const withTrace = <R>(trace: Trace, fn: () => R): R => {
  stack.push(trace);
  try {
    return fn();
  } finally {
    stack.pop();
  }
};
