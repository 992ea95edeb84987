import { createWebgpuBackend, DeviceLostError, NoAdapterError } from "@adjoint/backend-webgpu";
import { jit, setBackend, tensor, type Tensor, valueAndGrad } from "@adjoint/core";

const n = 64;

/** Trains a matrix for two steps; the loss after the first. */
const train = async (): Promise<number> => {
  const identity = Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const x = tensor(identity, { shape: [n, n] });
  const step = jit((w: Tensor): [Tensor, Tensor] => {
    const [loss, slope] = valueAndGrad((v: Tensor) => x.matmul(v).sub(1).mul(0.5).pow(2).sum())(w);
    return [w.sub(slope), loss];
  });
  const [w] = step(tensor(new Float32Array(n * n), { shape: [n, n] }));
  const [, loss] = step(w);
  return Number(await loss.item());
};

declare const process: { readonly env: Readonly<Record<string, string | undefined>> } | undefined;

/** Browsers in which this runs have WebGPU; Node has it where the package webgpu and a driver are. */
const isRequired = (): boolean =>
  typeof process === "undefined" || process.env["ADJOINT_GPU"] === "required";

/** Where there is no GPU the error says what is missing. */
const explains = (error: unknown): boolean =>
  error instanceof NoAdapterError &&
  !(error instanceof DeviceLostError) &&
  /npm install webgpu|install a driver/.test(error.message);

/** Trains where WebGPU is; ends with the package's name when the loss, or the refusal, is what it must be. */
export const smoke = async (): Promise<string> => {
  try {
    const backend = await createWebgpuBackend();
    setBackend(backend);
    const got = await train();
    backend.dispose();
    return got === 256 ? "backend-webgpu works" : `backend-webgpu computed ${got}`;
  } catch (error) {
    if (!isRequired() && explains(error)) return "backend-webgpu works";
    throw error;
  }
};
