import {
  type Aval,
  type Params,
  type Primitive,
  roundToStorage,
  sizeOf,
} from "@adjoint/core/backend";
import type { TfjsEngine } from "./engine.ts";
import { rules } from "./rules/table.ts";
import { Scope } from "./scope.ts";
import type { Steps } from "./steps.ts";
import { Value } from "./value.ts";

/** Kernels on GPUs know up to four axes everywhere, some more. */
const maxRank = 4;

const fits = (engine: TfjsEngine, { shape, dtype }: Aval): boolean =>
  engine.holds(dtype) && shape.length <= maxRank && sizeOf(shape) > 0;

/** Whether an operation may be tried on TensorFlow.js. */
const mayRun = (
  engine: TfjsEngine,
  { name }: Primitive,
  inputs: readonly Value[],
  outputs: readonly Aval[],
): boolean =>
  Object.hasOwn(rules, name) &&
  inputs.every(({ aval }) => fits(engine, aval)) &&
  outputs.every((aval) => fits(engine, aval));

/** Applies the rule of a primitive; undefined when there is none for these operands. */
const onEngine = (
  engine: TfjsEngine,
  primitive: Primitive,
  inputs: readonly Value[],
  params: Params,
): readonly Value[] | undefined => {
  const avals = primitive.abstractEval(
    inputs.map((value) => value.aval),
    params,
  );
  const [aval] = avals;
  if (aval === undefined || !mayRun(engine, primitive, inputs, avals)) return undefined;
  const scope = new Scope(engine);
  const result = rules[primitive.name]?.(scope, { engine, inputs, params, aval });
  const kept = scope.finish(result === undefined ? [] : [result]);
  return result === undefined ? undefined : kept.map((info) => new Value(engine, aval, info));
};

/** Runs one operation, on TensorFlow.js where that gives the same, else with the reference kernel on the host. */
export function* runPrimitive(
  engine: TfjsEngine,
  primitive: Primitive,
  inputs: readonly Value[],
  params: Params,
): Steps<readonly Value[]> {
  const results = onEngine(engine, primitive, inputs, params);
  if (results !== undefined) return results;
  const remote = inputs.filter((value) => value.host === undefined);
  if (!engine.isSync && remote.length > 0) yield Promise.all(remote.map((value) => value.read()));
  const arrays = inputs.map((value) => value.readSync());
  return primitive
    .evaluate(arrays, params)
    .map((array) => new Value(engine, array, roundToStorage(array)));
}
