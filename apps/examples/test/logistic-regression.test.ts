import { expect, test } from "vitest";
import { logisticRegression } from "../src/logistic-regression.ts";

test("Newton's method finds the published fit in ten steps", async () => {
  const fit = await logisticRegression();
  expect(fit.newtonSteps).toBeLessThanOrEqual(10);
  expect(fit.descentSteps).toBeGreaterThan(10 * fit.newtonSteps);
  expect(fit.intercept).toBeCloseTo(15.043, 2);
  expect(fit.slope).toBeCloseTo(-0.2322, 4);
  expect(fit.difference).toBeLessThan(1e-4);
});
