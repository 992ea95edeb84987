import {
  type Atom,
  BackendError,
  type DType,
  type Eqn,
  type Ir,
  sizeOf,
  traceFlat,
  type Var,
} from "@adjoint/core/backend";
import { intAttribute } from "../proto/attributes.ts";
import { dataTypeCodes } from "../proto/model-record.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { NoKernelError, type Scope } from "./lowering.ts";
import { hasKernel } from "./support.ts";
import { lowerings } from "./table.ts";
import { carrierOf, type Value } from "./value.ts";

type G = GraphBuilder;

/** Settings of a whole lowering. */
export type LowerOptions = { readonly isPlain: boolean };

/** Results that are copies of operands need no rounding. */
const moving: ReadonlySet<string> = new Set([
  "reshape",
  "broadcastTo",
  "transpose",
  "slice",
  "pad",
  "concatenate",
  "split",
  "flip",
  "gather",
  "dynamicSlice",
  "dynamicUpdateSlice",
  "sort",
  "topK",
  "where",
  "max",
  "min",
  "neg",
  "abs",
  "reduceMax",
  "reduceMin",
  "stopGradient",
  "barrier",
  "cumMax",
  "cumMin",
  "scan",
  "cond",
  "while",
  "round",
  "floor",
  "ceil",
  "sign",
]);

/** Rounds a float32 carrier to what the dtype stores. */
const round = (g: G, x: Value, dtype: DType): Value => {
  if (dtype !== "float16" && dtype !== "bfloat16") return x;
  const narrow = g.node(
    "Cast",
    [x],
    { type: dtype, shape: x.shape },
    { to: intAttribute(dataTypeCodes[dtype]) },
  );
  return g.node("Cast", [narrow], x, { to: intAttribute(dataTypeCodes.float32) });
};

/** Values of names while a program is lowered. */
export class ValueMap {
  readonly #values = new Map<Var, Value>();
  readonly #missing: (variable: Var) => Value;

  /** `missing` gives the value of a name from elsewhere, the first time it is read. */
  constructor(missing: (variable: Var) => Value) {
    this.#missing = missing;
  }

  set(variable: Var, value: Value): void {
    this.#values.set(variable, value);
  }

  get(variable: Var): Value {
    const known = this.#values.get(variable);
    if (known !== undefined) return known;
    const value = this.#missing(variable);
    this.#values.set(variable, value);
    return value;
  }

  read(g: G, atom: Atom): Value {
    if (atom.kind === "literal") return g.scalar(carrierOf(atom.aval.dtype), atom.value);
    const { shape, dtype } = atom.aval;
    return sizeOf(shape) === 0 ? g.constant(carrierOf(dtype), [], shape) : this.get(atom);
  }
}

const unknown = (variable: Var): Value => {
  throw new BackendError({
    operation: "onnx",
    rule: "a name is read before it is set",
    got: variable.aval.dtype,
  });
};

const lowerPrimitive = (
  g: G,
  eqn: Eqn,
  operands: readonly Value[],
  options: LowerOptions,
): readonly Value[] => {
  const { primitive, params, inputs, outputs } = eqn;
  const lowering = hasKernel(eqn) ? lowerings[primitive.name] : undefined;
  const avals = inputs.map((i) => i.aval);
  if (lowering === undefined) return lowerDecomposed(g, eqn, operands, options);
  const scope: Scope = {
    g,
    inputs: avals,
    outputs: outputs.map((o) => o.aval),
    isPlain: options.isPlain,
    inline: (inner, ir, values) => lowerIr(inner, ir, values, options),
  };
  const results = lowering(scope, operands, params);
  if (moving.has(primitive.name)) return results;
  return results.map((v, i) => round(g, v, outputs[i]?.aval.dtype ?? "float32"));
};

const lowerDecomposed = (
  g: G,
  eqn: Eqn,
  operands: readonly Value[],
  options: LowerOptions,
): readonly Value[] => {
  const { primitive, params, inputs } = eqn;
  if (primitive.decompose === undefined)
    throw new NoKernelError(primitive.name, inputs[0]?.aval.dtype ?? "this");
  const ir = traceFlat(
    inputs.map((i) => i.aval),
    (xs) => primitive.decompose?.(xs, params) ?? [],
  );
  return lowerIr(g, ir, operands, options);
};

/** Adds the nodes of one equation; its results are set in `env`. */
export const lowerEqn = (g: G, eqn: Eqn, env: ValueMap, options: LowerOptions): void => {
  if (eqn.outputs.every((v) => sizeOf(v.aval.shape) === 0)) return; // read as empty constants
  const results = lowerPrimitive(
    g,
    eqn,
    eqn.inputs.map((atom) => env.read(g, atom)),
    options,
  );
  eqn.outputs.forEach((variable, i) => {
    const value = results[i];
    if (value !== undefined) env.set(variable, value);
  });
};

/** Adds the nodes of a program without captures to `g`. */
export const lowerIr = (
  g: G,
  ir: Ir,
  inputs: readonly Value[],
  options: LowerOptions,
): readonly Value[] => {
  const env = new ValueMap(unknown);
  ir.inputs.forEach((variable, i) => {
    const value = inputs[i];
    if (value !== undefined) env.set(variable, value);
  });
  for (const eqn of ir.eqns) lowerEqn(g, eqn, env, options);
  return ir.outputs.map((atom) => env.read(g, atom));
};
