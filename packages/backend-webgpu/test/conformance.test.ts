import { runConformance, table } from "@adjoint/conformance";
import { fixtureRows } from "@adjoint/conformance/fixtures";
import { afterAll, describe, it } from "vitest";
import { except } from "./support/conformance-exceptions.ts";
import { softwareBackend } from "./support/software-backend.ts";

const backend = await softwareBackend();
afterAll(() => backend.dispose());
runConformance([...table, ...fixtureRows], backend, { describe, it }, { except });
