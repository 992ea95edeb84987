import { rebuild } from "../internal/typed.ts";
import { evalIr } from "../ir/eval-ir.ts";
import { evaluateIr } from "../ir/evaluate-ir.ts";
import { hoistCaptures, type Ir } from "../ir/ir.ts";
import { traceFlat } from "../ir/trace-flat.ts";
import type { MappedAxis, Primitive, TransposeInput } from "../primitives/primitive.ts";
import { barrierP } from "../primitives/unary.ts";
import { only } from "../primitives/primitive.ts";
import { apply, type Tensor } from "../tensor.ts";
import type { TensorTree } from "../tree/types.ts";
import { evalBatched, withBatchAxis } from "./eval-batched.ts";
import { evalJvp } from "./eval-jvp.ts";
import { linearizeIr, transposeLinear, zerosOf } from "./linear-program.ts";
import { traceFunction } from "./trace-function.ts";

type BodyParams = { readonly body: Ir };

/** A body with every input batched or not as marked and every output batched. */
export const batchBody = (body: Ir, batched: readonly boolean[], axis: MappedAxis): Ir => {
  const avals = body.inputs.map((v, i) =>
    batched[i] === true ? { ...v.aval, shape: [axis.size, ...v.aval.shape] } : v.aval,
  );
  return traceFlat(avals, (inputs) => {
    const result = evalBatched(body, inputs, batched, axis);
    return result.outputs.map((y, i) => withBatchAxis(y, result.batched[i] === true, axis));
  });
};

const checkpointP: Primitive<BodyParams> = {
  name: "checkpoint",
  abstractEval: (_inputs, { body }) => body.outputs.map((a) => a.aval),
  evaluate: (inputs, { body }) => evaluateIr(body, inputs),
  decompose: (inputs, { body }) => evalIr(body, inputs),
  jointJvp: (inputs, tangents, { body }) => evalJvp(body, inputs, tangents, "jvp"),
  linearize: (inputs, tangents, { body }) => {
    const active = tangents.map((t) => t !== null);
    const slopes = tangents.filter((t) => t !== null);
    return {
      outputs: apply(checkpointP, inputs, { body }),
      tangents: apply(checkpointTangentP, [...inputs, ...slopes], { body, active }),
    };
  },
  vmap: (inputs, batched, { body }, axis) => ({
    outputs: apply(checkpointP, inputs, { body: batchBody(body, batched, axis) }),
    batched: body.outputs.map(() => true),
  }),
};

type TangentParams = BodyParams & { readonly active: readonly boolean[] };

const splitTangents = (inputs: readonly Tensor[], { body, active }: TangentParams) => {
  const n = body.inputs.length;
  let next = n;
  return {
    primals: inputs.slice(0, n),
    tangents: active.map((on) => (on ? (inputs[next++] ?? null) : null)),
  };
};

const pushTangents = (inputs: readonly Tensor[], params: TangentParams): readonly Tensor[] => {
  const { primals, tangents } = splitTangents(inputs, params);
  const dual = evalJvp(params.body, primals, tangents, "jvp");
  return dual.outputs.map((y, i) => dual.tangents[i] ?? zerosOf(y.aval));
};

const residuals = (inputs: readonly TransposeInput[]): readonly Tensor[] =>
  inputs.flatMap((input) => (input.linear ? [] : [only(apply(barrierP, [input.value], {}))]));

/** Tangents of a checkpointed body: recomputes the body when it is transposed. */
const checkpointTangentP: Primitive<TangentParams> = {
  name: "checkpointTangent",
  transparent: true,
  abstractEval: (_inputs, { body }) => body.outputs.map((a) => a.aval),
  evaluate: (inputs, params) =>
    evaluateIr(
      traceFlat(inputs, (xs) => pushTangents(xs, params)),
      inputs,
    ),
  decompose: pushTangents,
  transpose: (cotangents, inputs, { body, active }) => {
    const { program } = linearizeIr(body, residuals(inputs.slice(0, body.inputs.length)), active);
    return [...body.inputs.map(() => null), ...transposeLinear(program, cotangents)];
  },
  vmap: (inputs, batched, params, axis) => {
    const body = traceFlat(
      inputs.map((x, i) =>
        batched[i] === true ? { shape: x.shape.slice(1), dtype: x.dtype } : x.aval,
      ),
      (xs) => pushTangents(xs, params),
    );
    return evalBatched(body, inputs, batched, axis);
  },
};

/**
 * The same function, but reverse mode keeps only its inputs and computes the inside again (rematerialization).
 * Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost".
 *
 * ```ts doctest
 * import { checkpoint, grad, tensor } from "@adjoint/core";
 * const block = checkpoint((x: ReturnType<typeof tensor>) => x.sin().sin());
 * const plain = (x: ReturnType<typeof tensor>) => x.sin().sin();
 * await grad(block)(tensor(1)).item() === await grad(plain)(tensor(1)).item(); // => true
 * ```
 */
export const checkpoint =
  <A extends readonly unknown[], R>(fn: (...args: A) => R): ((...args: A) => TensorTree<R>) =>
  (...args) => {
    const traced = traceFunction("checkpoint", fn, args);
    const { ir, values } = hoistCaptures(traced.ir);
    return rebuild<R>(
      traced.out,
      apply(checkpointP, [...values, ...traced.args.leaves], { body: ir }),
    );
  };
