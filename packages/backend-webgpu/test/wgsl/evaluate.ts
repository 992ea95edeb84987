import type { DType, Params } from "@adjoint/core/backend";
import { testDevice } from "../support/run-kernel.ts";
import { runKernel, type Words } from "../support/run-kernel.ts";
import type { Kernel } from "../../src/kernel/kernel.ts";
import {
  fromStored,
  libraryOf,
  type HalfStorage,
  libraryIn,
  spell,
  storageType,
  toStored,
} from "../../src/wgsl/elementwise.ts";

let device: Promise<GPUDevice> | undefined;

export const software = (): Promise<GPUDevice> => (device ??= testDevice());

export const wordsOf = (dtype: DType, values: readonly number[]): Words => {
  if (dtype === "int32") return Int32Array.from(values);
  if (dtype === "bool" || dtype === "uint32") return Uint32Array.from(values);
  return Float32Array.from(values);
};

const readWords = (dtype: DType, buffer: ArrayBuffer): Words => {
  if (dtype === "int32") return new Int32Array(buffer);
  if (dtype === "bool" || dtype === "uint32") return new Uint32Array(buffer);
  return new Float32Array(buffer);
};

/** A kernel that applies an operation to `n` elements of each operand. */
export const kernelOf = (
  primitive: string,
  params: Params,
  dtypes: readonly DType[],
  outDtypes: readonly DType[],
  n: number,
  form: HalfStorage = "f32",
): Kernel => {
  const args = dtypes.map((_, i) => `v${i}`);
  const spelling = spell(primitive, params, args, dtypes, outDtypes);
  if (spelling === undefined) throw new Error(`${primitive} is not elementwise`);
  const loads = dtypes.map((d, i) => `let v${i} = ${fromStored(d, `x${i}[i]`, form)};`);
  const stores = outDtypes.map(
    (d, i) => `y${i}[i] = ${toStored(d, spelling.results[i] ?? "", form)};`,
  );
  const body = [...loads, ...stores].join("\n    ");
  const code = `${libraryOf([...spelling.library, ...libraryIn(body)])}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  for (var i = id.x; i < ${n}u; i += 16384u) {
    ${body}
  }
}`;
  return {
    name: primitive,
    operands: [
      ...dtypes.map(
        (d, i) => ({ name: `x${i}`, element: storageType(d, form), access: "read" }) as const,
      ),
      ...outDtypes.map(
        (d, i) => ({ name: `y${i}`, element: storageType(d, form), access: "write" }) as const,
      ),
    ],
    code,
    grid: [256, 1, 1],
    flops: 0,
    bytes: 0,
  };
};

/** Runs an operation on the software adapter. */
export const evaluate = async (
  primitive: string,
  params: Params,
  dtypes: readonly DType[],
  outDtypes: readonly DType[],
  operands: readonly Words[],
): Promise<readonly Words[]> => {
  const n = operands[0]?.length ?? 0;
  const results = outDtypes.map((d) =>
    wordsOf(
      d,
      Array.from({ length: n }, () => 0),
    ),
  );
  const kernel = kernelOf(primitive, params, dtypes, outDtypes, n);
  const { arrays } = await runKernel(await software(), kernel, [...operands, ...results]);
  return outDtypes.map((d, i) => readWords(d, arrays[dtypes.length + i] ?? new ArrayBuffer()));
};
