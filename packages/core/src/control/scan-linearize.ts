import { TransformError } from "../errors.ts";
import type { Aval } from "../ir/aval.ts";
import type { Ir } from "../ir/ir.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import type { Dual, Tangent } from "../primitives/primitive.ts";
import type { Tensor } from "../tensor.ts";
import { recordLinear, linearizeIr, type LinearProgram } from "../transforms/linear-program.ts";
import { avalsOf, filled, groups, negate, present, spread, where } from "./lists.ts";
import {
  type Activity,
  activityOf,
  cut,
  floatOutputs,
  type RunScan,
  type ScanParams,
  seedsOf,
} from "./scan-params.ts";

/** Something the linear body needs of the values: a constant of the scan, or an output stacked step by step. */
type Residual = { readonly aval: Aval } & (
  | { readonly kind: "const"; readonly input: number }
  | { readonly kind: "stacked"; readonly index: number }
);

/** The body on values (giving residuals too), its linear program, and where that finds its residuals. */
type Halves = {
  readonly known: Ir;
  readonly program: LinearProgram;
  readonly residuals: readonly Residual[];
};

const isConst = (residuals: readonly Residual[]): readonly boolean[] =>
  residuals.map((r) => r.kind === "const");

const splitBody = ({ body, numConsts }: ScanParams, { flags }: Activity): Halves => {
  const residuals: Residual[] = [];
  let program: LinearProgram | undefined;
  const known = traceFlat(avalsOf(body.inputs), (inputs) => {
    const linearized = linearizeIr(body, inputs, flags);
    program = linearized.program;
    const stacked: Tensor[] = [];
    for (const { value } of program.captures) {
      const input = inputs.indexOf(value);
      if (input >= 0 && input < numConsts)
        residuals.push({ kind: "const", input, aval: value.aval });
      else residuals.push({ kind: "stacked", index: stacked.push(value) - 1, aval: value.aval });
    }
    return [...linearized.outputs, ...stacked];
  });
  if (program === undefined)
    throw new TransformError({ operation: "scan", rule: "the body was not traced" });
  return { known, program, residuals };
};

/** The body of the linear scan: constant residuals, tangents of constants | of the carry | stacked residuals, tangents of sequences. */
const linearBody = (
  params: ScanParams,
  { parts, carry }: Activity,
  { program, residuals }: Halves,
): Ir => {
  const { body, numCarry } = params;
  const own = cut(avalsOf(body.inputs), params);
  const constant = isConst(residuals);
  const lists = [
    where(avalsOf(residuals), constant),
    where(own.consts, parts.consts),
    where(own.carry, carry),
    where(avalsOf(residuals), negate(constant)),
    where(own.xs, parts.xs),
  ];
  return traceFlat(lists.flat(), (inputs) => {
    const [fixed = [], dConsts = [], dCarry = [], stacked = [], dXs = []] = groups(
      inputs,
      ...lists.map((l) => l.length),
    );
    const [fromConst, fromStack] = [spread(fixed, constant), spread(stacked, negate(constant))];
    const captures = program.captures.map((c, i) => ({
      ...c,
      value: fromConst[i] ?? fromStack[i] ?? c.value,
    }));
    const tangents = recordLinear({ ...program, captures }, [...dConsts, ...dCarry, ...dXs]);
    const outputs = filled(tangents, avalsOf(body.outputs));
    return [
      ...where(outputs.slice(0, numCarry), carry),
      ...where(outputs.slice(numCarry), floatOutputs(params)),
    ];
  });
};

/** For reverse mode: a scan that also stacks residuals, and a linear scan that reads them. */
export const scanLinearize = (
  run: RunScan,
  inputs: readonly Tensor[],
  tangents: readonly Tangent[],
  params: ScanParams,
): Dual => {
  const activity = activityOf(tangents, params, "linearize");
  const halves = splitBody(params, activity);
  const results = run(inputs, { ...params, body: halves.known });
  const n = params.body.outputs.length;
  const seeds = cut(seedsOf(inputs, tangents, activity), params);
  const fixed = halves.residuals.flatMap((r) =>
    r.kind === "const" ? (inputs[r.input] ?? []) : [],
  );
  const [dConsts, dCarry, dXs] = [present(seeds.consts), present(seeds.carry), present(seeds.xs)];
  const slopes = run([...fixed, ...dConsts, ...dCarry, ...results.slice(n), ...dXs], {
    ...params,
    body: linearBody(params, activity, halves),
    numConsts: fixed.length + dConsts.length,
    numCarry: dCarry.length,
  });
  const [carrySlopes = [], ySlopes = []] = groups(
    slopes,
    dCarry.length,
    slopes.length - dCarry.length,
  );
  return {
    outputs: results.slice(0, n),
    tangents: [...spread(carrySlopes, activity.carry), ...spread(ySlopes, floatOutputs(params))],
  };
};
