import { runReferenceSuite } from "@adjoint/conformance";
import { fixtureRows, jaxCases } from "@adjoint/conformance/fixtures";
import { describe, expect, it } from "vitest";

runReferenceSuite(fixtureRows, { describe, it });

it("takes every row that JAX made", () => {
  expect(jaxCases.length).toBeGreaterThan(500);
  expect(fixtureRows.flatMap((row) => row.cases)).toHaveLength(jaxCases.length);
});
