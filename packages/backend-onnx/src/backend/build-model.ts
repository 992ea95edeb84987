import type { Eqn, HostArray, Var } from "@adjoint/core/backend";
import { GraphBuilder } from "../lower/graph-builder.ts";
import { lowerEqn, type LowerOptions, ValueMap } from "../lower/lower-ir.ts";
import { orderNodes } from "../lower/order-nodes.ts";
import { carrierOf, type Value } from "../lower/value.ts";
import { endMark } from "../runtime/end-mark.ts";
import { encodeModel } from "../proto/encode-model.ts";
import type { GraphRecord } from "../proto/model-record.ts";

/** A model and the names of its inputs and outputs, in the order they were asked for. */
export type BuiltModel = {
  readonly bytes: Uint8Array;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
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

const namesOf = (values: readonly Value[]): readonly string[] => values.map((v) => v.name);

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

/** Builds the ONNX model of a part of a program. */
export const buildModel = (
  { eqns, inputs, outputs, constants }: ModelParts,
  { marksEnd = false, ...options }: LowerOptions & { readonly marksEnd?: boolean },
): BuiltModel => {
  const g = new GraphBuilder();
  const env = new ValueMap((v) => {
    const [constant, type] = [constants.get(v), carrierOf(v.aval.dtype)];
    return constant === undefined
      ? g.name({ type, shape: v.aval.shape })
      : g.constant(type, constant.data, v.aval.shape);
  });
  const given = inputs.map((v) => env.get(v));
  for (const eqn of eqns) lowerEqn(g, eqn, env, options);
  const results = ownResults(
    g,
    outputs.map((v) => env.get(v)),
  );
  const graph = g.finish("program", given, results, true);
  const nodes = orderNodes(graph.nodes);
  const ordered = marksEnd ? withEndMark({ ...graph, nodes }) : { ...graph, nodes };
  return {
    bytes: encodeModel({ graph: ordered, opsets }),
    inputs: namesOf(given),
    outputs: namesOf(results),
  };
};
