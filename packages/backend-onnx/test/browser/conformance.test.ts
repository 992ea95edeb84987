import { runConformance, table } from "@adjoint/conformance";
import { fixtureRows } from "@adjoint/conformance/fixtures";

import { describe, inject, it } from "vitest";
import { createOnnxBackend, type WebBackendOptions } from "../../src/browser.ts";

// Without the limit small operations would run with the reference kernels.
const options: WebBackendOptions = { threads: inject("wasmThreads"), eagerHostLimit: 0 };

for (const kernels of ["always", "never"] as const) {
  const backend = await createOnnxBackend({ ...options, kernels });
  describe(`kernels: ${kernels}`, () => {
    const rows = kernels === "always" ? [...table, ...fixtureRows] : table;
    runConformance(rows, backend, { describe, it });
  });
}
