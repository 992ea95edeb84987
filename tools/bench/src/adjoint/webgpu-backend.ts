import { createWebgpuBackend } from "@adjoint/backend-webgpu";
import { setBackend } from "@adjoint/core";

let backend: ReturnType<typeof createWebgpuBackend> | undefined;

/** Computes on WebGPU from now on. */
export const useWebgpu = async (): Promise<void> => {
  backend ??= createWebgpuBackend();
  setBackend(await backend);
};
