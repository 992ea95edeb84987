import { expect, test } from "vitest";
import { polynomialRegression } from "../src/polynomial-regression.ts";

test("gradient descent finds the least-squares cubic", async () => {
  const { descent, closedForm, loss } = await polynomialRegression();
  descent.forEach((w, degree) => expect(Math.abs(w - closedForm[degree]!)).toBeLessThan(1e-4));
  [1, -2, 0.5, 3].forEach((w, degree) =>
    expect(Math.abs(w - closedForm[degree]!)).toBeLessThan(0.1),
  );
  expect(loss).toBeLessThan(0.011);
});
