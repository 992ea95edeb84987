import { createWebgpuBackend, type WebgpuBackend } from "@adjoint/backend-webgpu";
import { softwareGpu } from "./software-gpu.ts";

/** A backend on the software adapter, for the tests of one file. */
export const softwareBackend = (): Promise<WebgpuBackend> =>
  createWebgpuBackend({ gpu: softwareGpu() });
