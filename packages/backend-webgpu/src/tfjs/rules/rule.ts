import type { Aval, Params } from "@adjoint/core/backend";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { TfjsEngine } from "../engine.ts";
import type { Scope } from "../scope.ts";
import type { Value } from "../value.ts";

/** What a rule knows of the operation. */
export type Call = {
  readonly engine: TfjsEngine;
  readonly inputs: readonly Value[];
  readonly params: Params;
  /** Type of the first result. */
  readonly aval: Aval;
};

/**
 * Computes a primitive with kernels of TensorFlow.js; undefined where those would give something else and the host computes.
 * Operands and results are float32, int32 or bool with at least one element and at most four axes.
 */
export type Rule = (scope: Scope, call: Call) => TensorInfo | undefined;

/** Rules by the names of primitives. */
export type RuleTable = Readonly<Record<string, Rule>>;

/** The dtype of the first operand. */
export const dtypeOf = ({ inputs }: Call): string | undefined => inputs[0]?.aval.dtype;

/** The operands in TensorFlow.js. */
export const tensorsOf = ({ inputs }: Call): readonly TensorInfo[] =>
  inputs.map((value) => value.tensor());

/** A rule for one operand. */
export const one =
  (rule: (scope: Scope, x: TensorInfo, call: Call) => TensorInfo | undefined): Rule =>
  (scope, call) => {
    const [x] = tensorsOf(call);
    return x === undefined ? undefined : rule(scope, x, call);
  };

/** A rule for two operands. */
export const two =
  (
    rule: (scope: Scope, a: TensorInfo, b: TensorInfo, call: Call) => TensorInfo | undefined,
  ): Rule =>
  (scope, call) => {
    const [a, b] = tensorsOf(call);
    return a === undefined || b === undefined ? undefined : rule(scope, a, b, call);
  };

/** A rule that only holds for some dtypes of the first operand. */
export const forDTypes =
  (dtypes: readonly string[], rule: Rule): Rule =>
  (scope, call) =>
    dtypes.includes(dtypeOf(call) ?? "") ? rule(scope, call) : undefined;

/** A rule that only holds where kernels are written in JavaScript: shaders and vector units are less exact. */
export const exactOnly =
  (rule: Rule): Rule =>
  (scope, call) =>
    call.engine.name === "cpu" ? rule(scope, call) : undefined;
