import { type Ir, leafPaths, traceFunction, type Var } from "@adjoint/core/backend";
import { prepare } from "../backend/prepare.ts";
import { markTransposedKernels } from "../passes/transposed-kernel.ts";
import { GraphBuilder } from "../lower/graph-builder.ts";
import { lowerEqn, ValueMap } from "../lower/lower-ir.ts";
import { carrierOf, type Value } from "../lower/value.ts";
import type { Folded } from "@adjoint/core/passes";
import { encodeModel } from "../proto/encode-model.ts";

/** Operators of the ONNX standard as of this version are all that is used. */
const opset = 21;

const constantOf = (g: GraphBuilder, { constants }: Folded, ir: Ir, variable: Var): Value => {
  const type = carrierOf(variable.aval.dtype);
  const captured = ir.captures.find((c) => c.variable === variable)?.value.dataSync();
  return g.constant(type, captured ?? constants.get(variable)?.data ?? [], variable.aval.shape);
};

const namedInputs = (ir: Ir, names: readonly string[]): readonly Value[] =>
  ir.inputs.map(({ aval }, i) => ({
    name: names[i] ?? `arg${i}`,
    type: carrierOf(aval.dtype),
    shape: aval.shape,
  }));

/** Results under their names: each is a value of its own. */
const namedOutputs = (
  g: GraphBuilder,
  values: readonly Value[],
  names: readonly string[],
): readonly Value[] => values.map((value, i) => g.alias(value, names[i] ?? `out${i}`));

const bytesOf = (
  ir: Ir,
  inputNames: readonly string[],
  outputNames: readonly string[],
): Uint8Array => {
  const prepared = prepare(ir);
  const folded = { ...prepared, ir: markTransposedKernels(prepared.ir) };
  const g = new GraphBuilder();
  const env = new ValueMap((variable) => constantOf(g, folded, ir, variable));
  const inputs = namedInputs(ir, inputNames);
  ir.inputs.forEach((v, i) => {
    const value = inputs[i];
    if (value !== undefined) env.set(v, value);
  });
  for (const eqn of folded.ir.eqns) lowerEqn(g, eqn, env, { isPlain: true });
  const outputs = namedOutputs(
    g,
    folded.ir.outputs.map((a) => env.read(g, a)),
    outputNames,
  );
  const graph = g.finish("adjoint", inputs, outputs, true);
  return encodeModel({ graph, opsets: { "": opset }, producerName: "adjoint" });
};

/**
 * Any traceable function as the bytes of an `.onnx` file, gradient functions included. It uses operators of the ONNX
 * standard only. Inputs are named by their place in the arguments (`arg0.blocks[1].w`), outputs by theirs in the result
 * (`out`, `out.loss`); tensors the function closed over are stored in the file. float16 and bfloat16 values are float32
 * in the file, rounded after each operation. Throws what `fn` throws while it is traced, and BackendError for
 * operations that ONNX has no operator for in the given dtype.
 *
 * ```ts doctest
 * import { grad, tensor, type Tensor } from "@adjoint/core";
 * import { exportOnnx, hostTensor, loadSessionSync } from "@adjoint/backend-onnx";
 * const bytes = exportOnnx(grad((x: Tensor) => x.mul(x).sum()), tensor([1, 2, 3]));
 * const session = loadSessionSync(bytes);
 * const out = new Float32Array(3);
 * session.run({ arg0: hostTensor("float32", Float32Array.of(1, 2, 3), [3]) }, { out: hostTensor("float32", out, [3]) });
 * [...out]; // => [2, 4, 6]
 * ```
 */
export const exportOnnx = <A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  ...args: A
): Uint8Array => {
  const { ir, args: flat, out } = traceFunction("exportOnnx", fn, args);
  const inputs = leafPaths(flat.structure).map((path) => path.replace(/^\[(\d+)\]/, "arg$1"));
  const outputs = leafPaths(out).map((path) =>
    path === "" || path.startsWith("[") ? `out${path}` : `out.${path}`,
  );
  return bytesOf(ir, inputs, outputs);
};
