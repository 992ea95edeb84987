import { ArgumentError, type Tensor } from "@adjoint/core";
import { bufferOf, tensorOf } from "@adjoint/core/backend";
import type { Tensor as TfjsTensor } from "@tensorflow/tfjs-core";
import { bytesOf } from "../plan/memory.ts";
import { Block, Slab } from "../run/block.ts";
import type { WebgpuBackend } from "../run/webgpu-backend.ts";
import { WebgpuBuffer } from "../run/webgpu-buffer.ts";
import * as bridge from "../tfjs/bridge.ts";

/**
 * A tensor on the storage of a tensor of TensorFlow.js, without a copy (arrays of fewer than 16 bytes are copied). The tensor
 * of TensorFlow.js stays usable and must be disposed of by its owner as ever; the storage lives until both are gone. Its
 * backend must be the device of `backend`: see `registerTfjs`. Throws DTypeError for dtypes other than float32, int32 and
 * bool, ArgumentError for a tensor that lives elsewhere.
 */
export const fromTfjs = (tensor: TfjsTensor, backend: WebgpuBackend): Tensor => {
  const { runtime } = backend;
  const { array, release } = bridge.fromTfjs(runtime.device, tensor);
  const bytes = bytesOf({ element: "f32", size: array.bytes / 4 });
  if (array.buffer.size >= bytes) {
    const slab = new Slab(runtime.device, bytes, { buffer: array.buffer, release });
    return tensorOf(new WebgpuBuffer(backend, runtime, array.aval, new Block(slab, 0, bytes)));
  }
  const block = Block.alone(runtime.device, bytes);
  if (array.bytes > 0)
    runtime.device
      .encoder()
      .copyBufferToBuffer(array.buffer, array.offset, block.gpu, 0, array.bytes);
  release();
  return tensorOf(new WebgpuBuffer(backend, runtime, array.aval, block));
};

/**
 * A tensor of TensorFlow.js on the storage of `tensor`, without a copy where that begins a buffer: results that took the
 * place of donated state lie in one buffer, and are copied on the device. Both tensors stay usable. Waits for programs that
 * wait for the host. Throws DTypeError for dtypes other than float32, int32 and bool, and what the program that made the
 * tensor failed of.
 */
export const toTfjs = async (tensor: Tensor, backend: WebgpuBackend): Promise<TfjsTensor> => {
  const { runtime } = backend;
  const buffer = bufferOf(tensor);
  if (!(buffer instanceof WebgpuBuffer))
    throw new ArgumentError({
      operation: "toTfjs",
      rule: "the backend must be the current one",
      got: buffer.backend.name,
      fix: "setBackend(backend) first",
    });
  const block = buffer.block.retain();
  try {
    await runtime.line.idle();
    if (block.failure !== undefined) throw block.failure;
    const { gpu, offset, bytes } = block;
    const array = { buffer: gpu, offset, bytes, aval: buffer.aval };
    return bridge.toTfjs(runtime.device, array, () => block.release());
  } catch (error) {
    block.release();
    throw error;
  }
};
