import { createOnnxBackend } from "@adjoint/backend-onnx";
import { runConformance, table } from "@adjoint/conformance";
import { describe, inject, it } from "vitest";

// Without the limit small operations would run with the reference kernels.
const options = { threads: inject("wasmThreads"), eagerHostLimit: 0 };

for (const kernels of ["always", "never"] as const)
  describe(`kernels: ${kernels}`, async () => {
    const backend = await createOnnxBackend({ ...options, kernels });
    runConformance(table, backend, { describe, it });
  });
