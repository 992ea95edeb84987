import { runReferenceSuite, table } from "@adjoint/conformance";
import { describe, it } from "vitest";

runReferenceSuite(table, { describe, it });
