import { runConformance, table } from "@adjoint/conformance";
import { fixtureRows } from "@adjoint/conformance/fixtures";
import { afterAll, describe, it } from "vitest";
import { createWebgpuBackend } from "../src/index.ts";
import { softwareGpu } from "./support/software-gpu.ts";

const backend = await createWebgpuBackend({ gpu: softwareGpu() });
afterAll(() => backend.dispose());
runConformance([...table, ...fixtureRows], backend, { describe, it });
