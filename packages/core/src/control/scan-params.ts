import { isFloat } from "../dtype.ts";
import type { Ir } from "../ir/ir.ts";
import type { Tangent } from "../primitives/primitive.ts";
import type { Tensor } from "../tensor.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import { evalJvp, type TangentMode } from "../transforms/eval-jvp.ts";
import { linearizeIr, zerosOf } from "../transforms/linear-program.ts";
import { avalsOf, fixpoint, isSet, spread, where } from "./lists.ts";

/**
 * Parameters of `scan`. Inputs are constants, carry, then sequences whose leading axis has `length`;
 * `body` takes constants, carry and one element of each sequence, and gives the carry and one element of each output.
 */
export type ScanParams = {
  readonly body: Ir;
  readonly numConsts: number;
  readonly numCarry: number;
  readonly length: number;
  /** Whether it runs from the last element to the first. */
  readonly reverse: boolean;
};

/** Runs a scan; handed to the rules, which make scans of their own. */
export type RunScan = (inputs: readonly Tensor[], params: ScanParams) => readonly Tensor[];

/** A list cut into constants, carry and sequences. */
export type Parts<T> = {
  readonly consts: readonly T[];
  readonly carry: readonly T[];
  readonly xs: readonly T[];
};

/** Cuts a list with one entry per input. */
export const cut = <T>(list: readonly T[], { numConsts, numCarry }: ScanParams): Parts<T> => ({
  consts: list.slice(0, numConsts),
  carry: list.slice(numConsts, numConsts + numCarry),
  xs: list.slice(numConsts + numCarry),
});

/** Which inputs have tangents that the loop must carry; `carry` counts those that become non-zero on the way. */
export type Activity = {
  readonly parts: Parts<boolean>;
  readonly carry: readonly boolean[];
  readonly flags: readonly boolean[];
};

/** Which outputs of the body have tangents when the inputs in `flags` have. */
const tangentsOut = (
  { body }: ScanParams,
  flags: readonly boolean[],
  mode: TangentMode,
): readonly boolean[] => {
  const n = body.inputs.length;
  let out: readonly boolean[] = [];
  const note = (tangents: readonly unknown[]): void => {
    out = tangents.map((t) => t !== null);
  };
  const seeds = mode === "jvp" ? where(avalsOf(body.inputs), flags) : [];
  traceFlat([...avalsOf(body.inputs), ...seeds], (inputs) => {
    const values = inputs.slice(0, n);
    if (mode === "jvp") note(evalJvp(body, values, spread(inputs.slice(n), flags), mode).tangents);
    else note(linearizeIr(body, values, flags).program.outputs);
    return [];
  });
  return out;
};

/** Finds the activity of a scan: a carry is active when it starts so or the body makes it so. */
export const activityOf = (
  tangents: readonly Tangent[],
  params: ScanParams,
  mode: TangentMode,
): Activity => {
  const parts = cut(isSet(tangents), params);
  const carry = fixpoint(parts.carry, (on) =>
    tangentsOut(params, [...parts.consts, ...on, ...parts.xs], mode).slice(0, params.numCarry),
  );
  return { parts, carry, flags: [...parts.consts, ...carry, ...parts.xs] };
};

/** Tangents of the inputs that the loop carries, zeros made real. */
export const seedsOf = (
  inputs: readonly Tensor[],
  tangents: readonly Tangent[],
  { flags }: Activity,
): readonly Tangent[] =>
  inputs.map((x, i) => (flags[i] === true ? (tangents[i] ?? zerosOf(x.aval)) : null));

/** Which stacked outputs can have tangents. */
export const floatOutputs = ({ body, numCarry }: ScanParams): readonly boolean[] =>
  body.outputs.slice(numCarry).map((a) => isFloat(a.aval.dtype));
