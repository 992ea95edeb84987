import { getKernel, type TensorInfo } from "@tensorflow/tfjs-core";

/** Settings of a kernel of TensorFlow.js. */
export type KernelSettings = Readonly<
  Record<string, number | boolean | string | readonly number[] | readonly (readonly number[])[]>
>;

/** Named operands, or a list for the kernels that take any number. */
export type KernelOperands = Readonly<Record<string, TensorInfo>> | readonly TensorInfo[];

type KernelFunction = (call: {
  readonly inputs: KernelOperands;
  readonly backend: object;
  readonly attrs: KernelSettings;
}) => TensorInfo | readonly TensorInfo[];

/** Whether a backend of TensorFlow.js has a kernel. */
export const hasKernel = (kernel: string, backendName: string): boolean =>
  // its type leaves out that there may be none
  (getKernel(kernel, backendName) as object | undefined) !== undefined;

/** Runs a kernel by its name, outside of TensorFlow.js's engine: nothing is recorded, tidied or moved between backends. */
export const callKernel = (
  kernel: string,
  backendName: string,
  backend: object,
  inputs: KernelOperands,
  attrs: KernelSettings,
): TensorInfo => {
  // the types of the registry allow neither lists nor read-only settings, though kernels take both
  const run = getKernel(kernel, backendName).kernelFunc as unknown as KernelFunction;
  const result = run({ inputs, backend, attrs });
  return Array.isArray(result) ? (result[0] as TensorInfo) : (result as TensorInfo);
};
