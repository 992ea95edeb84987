import { createOnnxBackend } from "@adjoint/backend-onnx";
import { runConformance, table } from "@adjoint/conformance";
import { fixtureRows } from "@adjoint/conformance/fixtures";
import { describe, inject, it } from "vitest";

// Without the limit small operations would run with the reference kernels.
const backend = await createOnnxBackend({ threads: inject("wasmThreads"), eagerHostLimit: 0 });

runConformance([...table, ...fixtureRows], backend, { describe, it }, { float64: true });
