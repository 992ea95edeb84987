import { BackendError, getBackend } from "@adjoint/core";
import { WebgpuBackend } from "../run/webgpu-backend.ts";

/** The current backend. Throws BackendError when it is not on WebGPU. */
export const currentWebgpu = (operation: string): WebgpuBackend => {
  const backend = getBackend();
  if (backend instanceof WebgpuBackend) return backend;
  throw new BackendError({
    operation,
    rule: "the current backend must be one of createWebgpuBackend",
    got: `the backend "${backend.name}"`,
    fix: "setBackend(await createWebgpuBackend()) before, or withBackend around",
  });
};
