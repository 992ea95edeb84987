import {
  type Aval,
  type Backend,
  type Buffer,
  type Eqn,
  type Executable,
  type Ir,
  type Params,
  type Primitive,
  sizeOf,
  Var,
} from "@adjoint/core/backend";
import { decompose } from "@adjoint/core/passes";
import type { KernelBackend } from "@tensorflow/tfjs-core";
import { findEngine, TfjsEngine, type TfjsBackendName } from "./engine.ts";
import { planProgram, type Program, runProgram } from "./run-program.ts";
import { drive } from "./steps.ts";
import { asTfjsBuffer, type Eventually, TfjsBuffer } from "./tfjs-buffer.ts";
import { Value } from "./value.ts";

/** Composite operations whose parts TensorFlow.js has. */
const composites: ReadonlySet<string> = new Set([
  "softmax",
  "logSoftmax",
  "softmaxCrossEntropy",
  "layerNorm",
  "rmsNorm",
  "gelu",
  "split",
  "attention",
  "attentionTangent",
  "attentionBackward",
]);

const isDecomposed =
  (engine: TfjsEngine) =>
  ({ primitive, inputs }: Eqn): boolean =>
    composites.has(primitive.name) &&
    inputs.every(({ aval }) => engine.holds(aval.dtype) && sizeOf(aval.shape) > 0);

const singleProgram = (primitive: Primitive, avals: readonly Aval[], params: Params): Ir => {
  const inputs = avals.map((aval) => new Var(aval));
  const outputs = primitive.abstractEval(avals, params).map((aval) => new Var(aval));
  return { inputs, captures: [], eqns: [{ primitive, params, inputs, outputs }], outputs };
};

const allOf = (values: readonly Eventually[]): Promise<readonly Value[]> =>
  Promise.all(values.map((value) => Promise.resolve(value)));

const isReady = (values: readonly Eventually[]): values is readonly Value[] =>
  values.every((value) => value instanceof Value);

/** The backend on an engine that is already there. */
const onEngine = (engine: TfjsEngine): Backend => {
  const finish = async (
    program: Program,
    inputs: readonly Eventually[],
  ): Promise<readonly Value[]> => compute(program, await allOf(inputs));

  const compute = (program: Program, values: readonly Value[]) => {
    const free = <T>(results: T): T => {
      for (const value of values) value.held.disown();
      return results;
    };
    const results = drive(runProgram(engine, program, values));
    return results instanceof Promise ? results.finally(() => free(undefined)) : free(results);
  };

  const run = (program: Program, inputs: readonly Buffer[]): readonly Buffer[] => {
    const values = inputs.map((buffer) => asTfjsBuffer(buffer).borrow());
    const results = isReady(values) ? compute(program, values) : finish(program, values);
    return program.ir.outputs.map(({ aval }, i) => {
      if (!(results instanceof Promise)) return new TfjsBuffer(backend, aval, pick(results, i));
      return new TfjsBuffer(
        backend,
        aval,
        results.then((list) => pick(list, i)),
      );
    });
  };

  const compile = (ir: Ir): Executable => {
    const program = planProgram(decompose(ir, isDecomposed(engine)));
    return { run: (inputs) => run(program, inputs), dispose: () => undefined };
  };

  const backend: Backend = {
    name: `tfjs-${engine.name}`,
    fromHost: (array) => {
      const value = new Value(engine, array, { ...array, data: array.data.slice() });
      value.held.own();
      return new TfjsBuffer(backend, array, value);
    },
    execute: (primitive, inputs, params) => {
      const avals = inputs.map((buffer) => buffer.aval);
      return compile(singleProgram(primitive, avals, params)).run(inputs);
    },
    compile,
  };
  return backend;
};

const pick = (values: readonly Value[], i: number): Value => {
  const value = values[i];
  if (value === undefined) throw new RangeError(`result ${i} of ${values.length}`);
  return value;
};

/** Settings of `createTfjsBackend`. */
export type TfjsBackendOptions = {
  /** The kernel backend to use, such as `device.tfjs`; by default the one TensorFlow.js has under the name. */
  readonly kernels?: KernelBackend;
};

/**
 * Runs programs operation by operation with the kernels of TensorFlow.js: for places without WebGPU, and as a second opinion.
 * What TensorFlow.js lacks or computes differently (integer overflow, NaN, half precision, float64) runs on the host. Import
 * the backend, such as `@tensorflow/tfjs-backend-wasm`, before. Throws BackendError when it is not there.
 */
export const createTfjsBackend = async (
  name: TfjsBackendName,
  options: TfjsBackendOptions = {},
): Promise<Backend> => {
  const { kernels } = options;
  return onEngine(kernels === undefined ? await findEngine(name) : new TfjsEngine(name, kernels));
};
