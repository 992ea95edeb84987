import type { Atom, Eqn, HostArray, Var } from "@adjoint/core/backend";
import { GraphBuilder } from "../lower/graph-builder.ts";
import { lowerEqn, type LowerOptions, ValueMap } from "../lower/lower-ir.ts";
import { orderNodes } from "../lower/order-nodes.ts";
import { carrierOf, type Value } from "../lower/value.ts";
import { endMark } from "../runtime/end-mark.ts";
import { encodeModel } from "../proto/encode-model.ts";
import type { GraphRecord } from "../proto/model-record.ts";

/** A model and its inputs and outputs, in the order they were asked for; inputs may have another shape for the same elements. */
export type BuiltModel = {
  readonly bytes: Uint8Array;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
};

/** What a model is to read, compute and give. */
export type ModelParts = {
  readonly eqns: readonly Eqn[];
  readonly inputs: readonly Var[];
  readonly outputs: readonly Var[];
  readonly constants: ReadonlyMap<Var, HostArray>;
};

/** Operator sets of internal models. */
const opsets = { "": 23, "com.microsoft": 1 };

/** A result may be an input or a constant under another name, or the same value as another one; a graph wants its own. */
const ownResults = (g: GraphBuilder, values: readonly Value[]): readonly Value[] => {
  const free = new Set(g.nodes.flatMap((node) => node.outputs));
  return values.map((value) =>
    free.delete(value.name) ? value : g.node("Identity", [value], value),
  );
};

/** The graph with the mark as its first output. */
const withEndMark = (graph: GraphRecord): GraphRecord => ({
  ...graph,
  initializers: [...(graph.initializers ?? []), endMark],
  outputs: [endMark, ...graph.outputs],
});

/** What inputs become that are read in one other shape and as nothing else: they are given in it. */
const reshapedInputs = ({ eqns, inputs, outputs }: ModelParts): ReadonlyMap<Var, Var> => {
  const readers = new Map<Atom, Eqn[]>(inputs.map((v) => [v, []]));
  for (const eqn of eqns) for (const atom of eqn.inputs) readers.get(atom)?.push(eqn);
  const given = new Set<Var>(outputs);
  return new Map(
    inputs.flatMap((v) => {
      const [reshape, ...others] = readers.get(v) ?? [];
      const [result] = reshape?.primitive.name === "reshape" ? reshape.outputs : [];
      const isOnly = others.length === 0 && !given.has(v);
      return result !== undefined && isOnly && !given.has(result) ? [[v, result]] : [];
    }),
  );
};

/** Builds the ONNX model of a part of a program. */
export const buildModel = (
  parts: ModelParts,
  { marksEnd = false, ...options }: LowerOptions & { readonly marksEnd?: boolean },
): BuiltModel => {
  const { eqns, inputs, outputs, constants } = parts;
  const g = new GraphBuilder();
  const env = new ValueMap((v) => {
    const [constant, type] = [constants.get(v), carrierOf(v.aval.dtype)];
    return constant === undefined
      ? g.name({ type, shape: v.aval.shape })
      : g.constant(type, constant.data, v.aval.shape);
  });
  const reshaped = reshapedInputs(parts);
  const given = inputs.map((v) => env.get(reshaped.get(v) ?? v));
  const known = new Set(reshaped.values());
  for (const eqn of eqns)
    if (!eqn.outputs.some((v) => known.has(v))) lowerEqn(g, eqn, env, options);
  const results = ownResults(
    g,
    outputs.map((v) => env.get(v)),
  );
  const graph = g.finish("program", given, results, true);
  const nodes = orderNodes(graph.nodes);
  const ordered = marksEnd ? withEndMark({ ...graph, nodes }) : { ...graph, nodes };
  return {
    bytes: encodeModel({ graph: ordered, opsets }),
    inputs: given,
    outputs: results,
  };
};
