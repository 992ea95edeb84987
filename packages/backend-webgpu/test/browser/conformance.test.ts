import { runConformance, table } from "@adjoint/conformance";
import { fixtureRows } from "@adjoint/conformance/fixtures";
import { createWebgpuBackend } from "@adjoint/backend-webgpu";
import { afterAll, describe, it } from "vitest";
import { except } from "../support/conformance-exceptions.ts";

const backend = await createWebgpuBackend();
afterAll(() => backend.dispose());
runConformance([...table, ...fixtureRows], backend, { describe, it }, { except });
