import type { Ir, Params } from "@adjoint/core/backend";
import { graphAttribute, intAttribute, intsAttribute } from "../proto/attributes.ts";
import type { GraphRecord } from "../proto/model-record.ts";
import { iota, like, reshape, test, unary } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { type Lowering, type LoweringTable, operand, type Scope } from "./lowering.ts";
import { flagParam, irParam, irsParam, numberParam } from "@adjoint/core/passes";
import { carrierOf, type Value } from "./value.ts";

type G = GraphBuilder;

/** Results of an inner graph must be its own, each once. */
const ownOutputs = (g: G, values: readonly Value[]): readonly Value[] =>
  values.map((v) => unary(g, "Identity", v));

const innerGraph = (
  name: string,
  own: readonly Value[],
  build: (g: G) => readonly Value[],
  g: G,
): GraphRecord => g.finish(name, own, ownOutputs(g, build(g)), false);

const scan: Lowering = (scope, operands, params) => {
  const { g, outputs } = scope;
  const [numConsts, numCarry] = [numberParam(params, "numConsts"), numberParam(params, "numCarry")];
  const length = numberParam(params, "length");
  const [consts, carry, xs] = [
    operands.slice(0, numConsts),
    operands.slice(numConsts, numConsts + numCarry),
    operands.slice(numConsts + numCarry),
  ];
  const lines = xs.length > 0 ? xs : [iota(g, [length], "int32", 0)]; // Scan wants something to scan over
  const body = g.inner();
  const own = [
    ...carry.map((c) => body.name(c)),
    ...lines.map((x) => body.name({ type: x.type, shape: x.shape.slice(1) })),
  ];
  const graph = innerGraph(
    "body",
    own,
    (b) =>
      scope.inline(
        b,
        irParam(params, "body"),
        [...consts, ...own].slice(0, numConsts + numCarry + xs.length),
      ),
    body,
  );
  const direction = flagParam(params, "reverse") ? 1 : 0;
  const attributes = {
    body: graphAttribute(graph),
    num_scan_inputs: intAttribute(lines.length),
    scan_input_directions: intsAttribute(lines.map(() => direction)),
    scan_output_directions: intsAttribute(outputs.slice(numCarry).map(() => direction)),
  };
  const { scan_output_directions: _, ...withoutYs } = attributes;
  const results = outputs.map((o) => ({ type: carrierOf(o.dtype), shape: o.shape }));
  return g.nodeMany(
    "Scan",
    [...carry, ...lines],
    results,
    outputs.length === numCarry ? withoutYs : attributes,
  );
};

const branch = (scope: Scope, ir: Ir, operands: readonly Value[], g: G): GraphRecord =>
  innerGraph("branch", [], (b) => scope.inline(b, ir, operands), g);

/** A tree of two-way choices: `index <= i` takes branch `i`. */
const choose = (
  scope: Scope,
  g: G,
  index: Value,
  branches: readonly Ir[],
  operands: readonly Value[],
  at: number,
): readonly Value[] => {
  const [first, ...rest] = branches;
  if (first === undefined || rest.length === 0)
    return first === undefined ? [] : scope.inline(g, first, operands);
  const [then, otherwise] = [g.inner(), g.inner()];
  const attributes = {
    then_branch: graphAttribute(branch(scope, first, operands, then)),
    else_branch: graphAttribute(
      innerGraph("branch", [], (b) => choose(scope, b, index, rest, operands, at + 1), otherwise),
    ),
  };
  const results = scope.outputs.map((o) => ({ type: carrierOf(o.dtype), shape: o.shape }));
  return g.nodeMany("If", [test(g, "LessOrEqual", index, like(g, at, index))], results, attributes);
};

const cond: Lowering = (scope, operands, params) =>
  choose(scope, scope.g, operand(operands, 0), irsParam(params, "branches"), operands.slice(1), 0);

const scalarBool = (g: G, values: readonly Value[]): Value => reshape(g, operand(values, 0), []);

const whileLoop: Lowering = (scope, operands, params: Params) => {
  const { g, outputs } = scope;
  const [numCond, numBody] = [
    numberParam(params, "numCondConsts"),
    numberParam(params, "numBodyConsts"),
  ];
  const [condConsts, bodyConsts, carry] = [
    operands.slice(0, numCond),
    operands.slice(numCond, numCond + numBody),
    operands.slice(numCond + numBody),
  ];
  const goesOn = (b: G, values: readonly Value[]): Value =>
    scalarBool(b, scope.inline(b, irParam(params, "cond"), [...condConsts, ...values]));
  const body = g.inner();
  const counter = body.name({ type: "int64", shape: [] });
  const flag = body.name({ type: "bool", shape: [] });
  const own = carry.map((c) => body.name(c));
  const graph = innerGraph(
    "body",
    [counter, flag, ...own],
    (b) => {
      const next = scope.inline(b, irParam(params, "body"), [...bodyConsts, ...own]);
      return [goesOn(b, next), ...next];
    },
    body,
  );
  const results = outputs.map((o) => ({ type: carrierOf(o.dtype), shape: o.shape }));
  return g.nodeMany("Loop", [undefined, goesOn(g, carry), ...carry], results, {
    body: graphAttribute(graph),
  });
};

/** Control flow. Inner graphs read outer values by name, so constants of a loop are not passed through it. */
export const controlLowerings: LoweringTable = { scan, cond, while: whileLoop };
