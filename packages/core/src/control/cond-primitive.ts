import { ArgumentError } from "../errors.ts";
import { at, type HostArray } from "../host-array.ts";
import { evaluateIr } from "../ir/evaluate-ir.ts";
import type { Aval } from "../ir/aval.ts";
import type { Ir, Var } from "../ir/ir.ts";
import { evalIr } from "../ir/eval-ir.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import type {
  Dual,
  MappedAxis,
  Primitive,
  Tangent,
  TransposeInput,
} from "../primitives/primitive.ts";
import { apply, type Tensor } from "../tensor.ts";
import { batchBody } from "../transforms/checkpoint.ts";
import { evalJvp } from "../transforms/eval-jvp.ts";
import { avalsOf, filled, isSet, negate, present, spread, where } from "./lists.ts";
import {
  recordLinear,
  linearizeIr,
  type LinearProgram,
  transposeLinear,
  zerosOf,
} from "../transforms/linear-program.ts";

/** Parameters of `cond`: the first input chooses one of `branches` (clamped), which all take the other inputs. */
export type CondParams = { readonly branches: readonly Ir[] };

const clampIndex = (index: number, n: number): number => Math.min(Math.max(index, 0), n - 1);

const condHost = (inputs: readonly HostArray[], { branches }: CondParams): readonly HostArray[] => {
  const [index, ...operands] = inputs;
  const branch = branches[clampIndex(index === undefined ? 0 : at(index.data, 0), branches.length)];
  if (branch === undefined)
    throw new ArgumentError({ operation: "cond", rule: "needs at least one branch" });
  return evaluateIr(branch, operands);
};

const head = <T>(list: readonly T[]): readonly [T, readonly T[]] => {
  const [first, ...rest] = list;
  if (first === undefined) throw new ArgumentError({ operation: "cond", rule: "needs an index" });
  return [first, rest];
};

const isFloatAval = (aval: Aval): boolean => aval.dtype.includes("float");

const floatOutputs = ({ branches }: CondParams): readonly boolean[] =>
  (branches[0]?.outputs ?? []).map((a) => isFloatAval(a.aval));

const outAvals = (ir: Ir): readonly Aval[] => avalsOf(ir.outputs);

const jointJvp = (
  inputs: readonly Tensor[],
  tangents: readonly Tangent[],
  params: CondParams,
): Dual => {
  const [index, operands] = head(inputs);
  const active = isSet(tangents.slice(1));
  const floats = floatOutputs(params);
  const slopes = present(tangents.slice(1));
  const avals = avalsOf([...operands, ...slopes]);
  const branches = params.branches.map((branch) =>
    traceFlat(avals, (xs) => {
      const dual = evalJvp(
        branch,
        xs.slice(0, operands.length),
        spread(xs.slice(operands.length), active),
        "jvp",
      );
      return [...dual.outputs, ...where(filled(dual.tangents, outAvals(branch)), floats)];
    }),
  );
  const results = apply(condP, [index, ...operands, ...slopes], { branches });
  return {
    outputs: results.slice(0, floats.length),
    tangents: spread(results.slice(floats.length), floats),
  };
};

type Half = { readonly program: LinearProgram; readonly residuals: readonly Aval[] };

/** Each branch on values, giving its outputs and the residuals of all branches (zeros for the others'). */
const knownBranches = (
  branches: readonly Ir[],
  active: readonly boolean[],
): { readonly known: readonly Ir[]; readonly halves: readonly Half[] } => {
  const halves: Half[] = [];
  const traced = branches.map((branch) =>
    traceFlat(avalsOf(branch.inputs), (inputs) => {
      const { outputs, program } = linearizeIr(branch, inputs, active);
      const values = program.captures.map((c) => c.value);
      halves.push({ program, residuals: avalsOf(values) });
      return [...outputs, ...values];
    }),
  );
  const known = traced.map((ir, own) =>
    traceFlat(avalsOf(ir.inputs), (inputs) => {
      const results = evalIr(ir, inputs);
      const n = branches[own]?.outputs.length ?? 0;
      const residuals = halves.flatMap((half, i) =>
        i === own ? results.slice(n) : half.residuals.map(zerosOf),
      );
      return [...results.slice(0, n), ...residuals];
    }),
  );
  return { known, halves };
};

const linearBranches = (
  branches: readonly Ir[],
  halves: readonly Half[],
  slopes: readonly Aval[],
  floats: readonly boolean[],
): readonly Ir[] => {
  const residuals = halves.flatMap((half) => half.residuals);
  return halves.map(({ program }, own) =>
    traceFlat([...residuals, ...slopes], (inputs) => {
      const start = halves.slice(0, own).reduce((n, half) => n + half.residuals.length, 0);
      const captures = program.captures.map(({ variable, value }, i) => ({
        variable,
        value: inputs[start + i] ?? value,
      }));
      const tangents = recordLinear({ ...program, captures }, inputs.slice(residuals.length));
      const branch = branches[own];
      return branch === undefined ? [] : where(filled(tangents, outAvals(branch)), floats);
    }),
  );
};

const linearizeCond = (
  inputs: readonly Tensor[],
  tangents: readonly Tangent[],
  params: CondParams,
): Dual => {
  const [index] = head(inputs);
  const active = isSet(tangents.slice(1));
  const slopes = present(tangents.slice(1));
  const floats = floatOutputs(params);
  const { known, halves } = knownBranches(params.branches, active);
  const results = apply(condP, inputs, { branches: known });
  const residuals = results.slice(floats.length);
  const branches = linearBranches(params.branches, halves, avalsOf(slopes), floats);
  const out = apply(condP, [index, ...residuals, ...slopes], { branches });
  return { outputs: results.slice(0, floats.length), tangents: spread(out, floats) };
};

const transposeCond = (
  cotangents: readonly Tangent[],
  inputs: readonly TransposeInput[],
  { branches }: CondParams,
): readonly Tangent[] => {
  const [index, operands] = head(inputs);
  if (index.linear)
    throw new ArgumentError({ operation: "cond", rule: "the index cannot be linear" });
  const known = operands.flatMap((input) => (input.linear ? [] : [input.value]));
  const linear = operands.map((input) => input.linear);
  const cts = filled(cotangents, branches[0] === undefined ? [] : outAvals(branches[0]));
  const backward = branches.map((branch) =>
    traceFlat(avalsOf([...known, ...cts]), (xs) => {
      const vars = where(branch.inputs, negate(linear));
      const values = new Map<Var, Tensor>(
        vars.flatMap((v, i) => (xs[i] === undefined ? [] : [[v, xs[i]] as const])),
      );
      const results = transposeLinear(branch, xs.slice(known.length), values);
      return filled(where(results, linear), avalsOf(where(branch.inputs, linear)));
    }),
  );
  return [
    null,
    ...spread(apply(condP, [index.value, ...known, ...cts], { branches: backward }), linear),
  ];
};

/** With a different choice per example every branch runs, and each example takes the outputs of its own. */
const vmapChoice = (
  index: Tensor,
  operands: readonly Tensor[],
  batched: readonly boolean[],
  { branches }: CondParams,
  axis: MappedAxis,
) => {
  const all = branches.map((branch) => evalIr(batchBody(branch, batched, axis), operands));
  const last = branches.length - 1;
  const low = index.less(0).where(0, index);
  const choice = low.greater(last).where(last, low);
  const outputs = (all[0] ?? []).map((_, o) =>
    all.reduceRight<Tensor | null>((rest, results, b) => {
      const own = results[o];
      if (own === undefined || rest === null) return own ?? rest;
      const mask = choice.equal(b).reshape([axis.size, ...own.shape.slice(1).map(() => 1)]);
      return mask.where(own, rest);
    }, null),
  );
  return { outputs: outputs.filter((y) => y !== null), batched: outputs.map(() => true) };
};

/** Runs one of several programs, chosen by an integer. */
export const condP: Primitive<CondParams> = {
  name: "cond",
  abstractEval: (_inputs, { branches }) => (branches[0] === undefined ? [] : outAvals(branches[0])),
  evaluate: condHost,
  jointJvp,
  linearize: linearizeCond,
  transpose: transposeCond,
  vmap: (inputs, batched, params, axis) => {
    const [index, operands] = head(inputs);
    const [chosen, flags] = head(batched);
    if (chosen) return vmapChoice(index, operands, flags, params, axis);
    const branches = params.branches.map((branch) => batchBody(branch, flags, axis));
    const outputs = apply(condP, inputs, { branches });
    return { outputs, batched: outputs.map(() => true) };
  },
};
