import type { HostArray } from "../host-array.ts";
import type { Aval } from "../ir/aval.ts";
import { evaluateIr } from "../ir/evaluate-ir.ts";
import type { Ir } from "../ir/ir.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import type { Tensor } from "../tensor.ts";
import { evalBatched } from "../transforms/eval-batched.ts";
import { evalJvp } from "../transforms/eval-jvp.ts";
import { linearizeIr, transposeLinear, zerosOf } from "../transforms/linear-program.ts";
import { attentionBackwardP } from "./attention-backward.ts";
import { attentionHost } from "./attention-host.ts";
import {
  attentionOperands,
  type AttentionParams,
  batchAttention,
  checkAttention,
  statisticType,
} from "./attention-operands.ts";
import { attentionWeights, dropped, grouped, logTotals, times } from "./attention-scores.ts";
import { bind, type Primitive, type Tangent, type TransposeInput } from "./primitive.ts";

const outputs = (inputs: readonly Aval[], params: AttentionParams): readonly Aval[] => {
  const { lead, heads, queries, valueSize } = checkAttention(inputs, params);
  const { dtype } = attentionOperands(inputs, params).q;
  const rows = [...lead, heads, queries];
  return [
    { shape: [...rows, valueSize], dtype },
    { shape: rows, dtype: statisticType(dtype) },
  ];
};

const decompose = (inputs: readonly Tensor[], params: AttentionParams): readonly Tensor[] => {
  const operands = attentionOperands(inputs, params);
  const { sizes, scores, weights, kept, v } = attentionWeights(operands, params);
  const { lead, heads, queries, valueSize } = sizes;
  const y = times(grouped(dropped(weights, kept, params), sizes), v);
  return [
    y.reshape([...lead, heads, queries, valueSize]).cast(operands.q.dtype),
    logTotals(scores),
  ];
};

/** The decomposition as a program. */
const programOf = (inputs: readonly { readonly aval: Aval }[], params: AttentionParams): Ir =>
  traceFlat(
    inputs.map((x) => x.aval),
    (xs) => decompose(xs, params),
  );

/**
 * Scaled dot-product attention: (q, k, v, ...extras) gives y (..., H, T, E) and lse (..., H, T), the log-sum-exp of the
 * scores. Kernels need no memory for the scores; reverse mode keeps the operands, y and lse, and binds `attentionBackward`.
 * @see https://arxiv.org/abs/2205.14135
 */
export const attentionP: Primitive<AttentionParams> = {
  name: "attention",
  abstractEval: outputs,
  evaluate: attentionHost,
  decompose,
  jointJvp: (inputs, tangents, params) =>
    evalJvp(programOf(inputs, params), inputs, tangents, "jvp"),
  linearize: (inputs, tangents, params) => {
    const results = bind(attentionP, inputs, params);
    const slopes = tangents.filter((t) => t !== null);
    const active = tangents.map((t) => t !== null);
    return {
      outputs: results,
      tangents: bind(attentionTangentP, [...inputs, ...results, ...slopes], { ...params, active }),
    };
  },
  vmap: (inputs, batched, params, { size }) => ({
    outputs: bind(attentionP, batchAttention(inputs, batched, params, size), params),
    batched: [true, true],
  }),
};

type TangentParams = AttentionParams & {
  /** For each operand of `attention`, whether its tangent is among the operands here. */
  readonly active: readonly boolean[];
};

/** The operands of `attention`, and their tangents; the results y and lse lie between them. */
const splitTangents = (inputs: readonly Tensor[], { active }: TangentParams) => {
  const primals = inputs.slice(0, active.length);
  let next = active.length + 2;
  const tangents = active.map((on): Tangent => (on ? (inputs[next++] ?? null) : null));
  return { primals, tangents };
};

const pushTangents = (inputs: readonly Tensor[], params: TangentParams): readonly Tensor[] => {
  const { primals, tangents } = splitTangents(inputs, params);
  const dual = evalJvp(programOf(primals, params), primals, tangents, "jvp");
  return dual.outputs.map((y, i) => dual.tangents[i] ?? zerosOf(y.aval));
};

const tangentProgram = (avals: readonly Aval[], params: TangentParams): Ir =>
  traceFlat(avals, (xs) => pushTangents(xs, params));

/** Cotangents of the operands of `attention` that are active, in order. */
const pullCotangents = (
  [dy = null, dlse = null]: readonly Tangent[],
  residuals: readonly Tensor[],
  { active, ...params }: TangentParams,
): readonly Tangent[] => {
  const primals = residuals.slice(0, active.length);
  if (dy === null || dlse !== null) {
    const { program } = linearizeIr(programOf(primals, params), primals, active);
    return transposeLinear(program, [dy, dlse]);
  }
  const bias = 3 + params.extras.indexOf("bias");
  const biasGradient = bias >= 3 && active[bias] === true;
  const results = bind(attentionBackwardP, [...residuals, dy], { ...params, biasGradient });
  return active.flatMap((on, i) => (on ? [results[Math.min(i, 3)] ?? null] : []));
};

/** Tangents of `attention`, which transpose to `attentionBackward`. */
const attentionTangentP: Primitive<TangentParams> = {
  name: "attentionTangent",
  transparent: true,
  abstractEval: (inputs, params) => outputs(inputs.slice(0, params.active.length), params),
  evaluate: (inputs: readonly HostArray[], params) =>
    evaluateIr(tangentProgram(inputs, params), inputs),
  decompose: pushTangents,
  transpose: (cotangents, inputs: readonly TransposeInput[], params) => {
    const residuals = inputs.flatMap((input) => (input.linear ? [] : [input.value]));
    const known = params.active.length + 2;
    return [
      ...inputs.slice(0, known).map(() => null),
      ...pullCotangents(cotangents, residuals, params),
    ];
  },
  vmap: (inputs, batched, params, axis) => {
    const avals = inputs.map((x, i) =>
      batched[i] === true ? { shape: x.shape.slice(1), dtype: x.dtype } : x.aval,
    );
    return evalBatched(tangentProgram(avals, params), inputs, batched, axis);
  },
};
