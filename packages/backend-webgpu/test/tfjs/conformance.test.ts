import { runConformance, table } from "@adjoint/conformance";
import { fixtureRows } from "@adjoint/conformance/fixtures";
// oxlint-disable-next-line import/no-unassigned-import -- registers the backend and its kernels
import "@tensorflow/tfjs-backend-cpu";
import { describe, it } from "vitest";
import { createTfjsBackend } from "../../src/tfjs/create-tfjs-backend.ts";

const backend = await createTfjsBackend("cpu");

runConformance([...table, ...fixtureRows], backend, { describe, it }, { float64: true });
