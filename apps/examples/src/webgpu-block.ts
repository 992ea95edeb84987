/**
 * Prints the kernels that one transformer block, forward and backward, becomes on a GPU.
 * In Node it needs the npm package `webgpu` and a Vulkan driver; a software one is enough.
 */
import { grad, ones, type Tensor, withBackend } from "@adjoint/core";
import { key } from "@adjoint/core/random";
import { block, type BlockParams } from "@adjoint/nn";
import { createWebgpuBackend, type DeviceOptions, explain } from "@adjoint/backend-webgpu";

const nEmbd = 128;
const nHead = 4;

/** The report for a block of GPT-2, 128 wide with 4 heads, on 12 sequences of 64 tokens, and one of its value alone. */
export const webgpuBlock = async (options: DeviceOptions = {}) => {
  const backend = await createWebgpuBackend(options);
  try {
    return withBackend(backend, () => {
      const params = block.init(key(0), { nEmbd });
      const x = ones([12, 64, nEmbd]); // (B, T, C)
      const apply = (p: BlockParams, h: Tensor): Tensor => block.apply(p, h, { nHead });
      // the gradient by the parameters and by what flows into the block, of some loss of what flows out
      const loss = (p: BlockParams, h: Tensor): Tensor => apply(p, h).pow(2).sum();
      return {
        value: explain(apply, params, x),
        gradient: explain(
          (p: BlockParams, h: Tensor) => grad(loss, { argnums: [0, 1] })(p, h),
          params,
          x,
        ),
      };
    });
  } finally {
    backend.dispose();
  }
};

if (import.meta.main) {
  const { value, gradient } = await webgpuBlock();
  console.log(`value alone: ${value.totals.dispatches} dispatches\n\n${gradient.toString()}`);
}
