import { createOnnxBackend } from "@adjoint/backend-onnx";
import { jit, setBackend, tensor, type Tensor, valueAndGrad } from "@adjoint/core";

const n = 64;

/** Trains a matrix for two steps; ends with the package's name when the loss is what it must be. */
export const smoke = async (): Promise<string> => {
  setBackend(await createOnnxBackend());
  const identity = Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const x = tensor(identity, { shape: [n, n] });
  const step = jit((w: Tensor): [Tensor, Tensor] => {
    const [loss, slope] = valueAndGrad((v: Tensor) => x.matmul(v).sub(1).mul(0.5).pow(2).sum())(w);
    return [w.sub(slope), loss];
  });
  const [w] = step(tensor(new Float32Array(n * n), { shape: [n, n] }));
  const [, loss] = step(w);
  const got = Number(await loss.item());
  return got === 256 ? "backend-onnx works" : `backend-onnx computed ${got}`;
};
