// A module worker that fits a line for as many steps as it is told, on a GPU of its own.
import { getBackend, setBackend, tensor, type Tensor } from "@adjoint/core";
import { createWebgpuBackend } from "@adjoint/backend-webgpu";
import { adam } from "@adjoint/optim";
import { pretrain } from "@adjoint/recipes";

const answer = async (steps: number): Promise<readonly string[]> => {
  try {
    setBackend(await createWebgpuBackend());
    const [x, y] = [tensor([1, 2, 3]), tensor([2, 4, 6])];
    const recipe = pretrain({
      loss: (w: Tensor) => w.mul(x).sub(y).pow(2).mean(),
      optimizer: adam({ learningRate: 0.4 }),
    });
    let state = recipe.init(tensor(0));
    for (let i = 0; i < 10 * steps; i++) [state] = recipe.step(state, x);
    const loss = Number(await recipe.evaluate(state.params, x).item());
    return [loss.toFixed(3), getBackend().name];
  } catch (error) {
    return [String(error)];
  }
};

globalThis.addEventListener("message", ({ data }: MessageEvent<number>) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- windows have origins, workers do not
  void answer(data).then((text) => globalThis.postMessage(text));
});
