import { runConformance, table } from "@adjoint/conformance";
import { fixtureRows } from "@adjoint/conformance/fixtures";
import { afterAll, describe, it } from "vitest";
import { createWebgpuBackend } from "../src/index.ts";
import { softwareGpu } from "./support/software-gpu.ts";

const backend = await createWebgpuBackend({ gpu: softwareGpu() });
afterAll(() => backend.dispose());
const except = {
  "get: a mask": "the mask decides the shape of the result, and a GPU cannot be read at once",
};
runConformance([...table, ...fixtureRows], backend, { describe, it }, { except });
