import { expect, test } from "vitest";
import { planted, scoreOf, throughput } from "../src/near-duplicates.ts";

test("finds planted duplicates as the theory says", () => {
  const rows = planted(100);
  for (const { theory, band } of rows) {
    expect(Math.abs(band - theory)).toBeLessThanOrEqual(
      4 * Math.sqrt((theory * (1 - theory)) / 100) + 0.01,
    );
  }
  for (const { similarity, estimate } of rows) {
    if (similarity > 0.8) expect(estimate).toBeGreaterThan(0.84); // the theory says 0.92 and more
    if (similarity <= 0.6) expect(estimate).toBeLessThan(0.03);
  }
  expect(scoreOf(rows, ({ estimate }) => estimate).precision).toBeGreaterThan(0.94);
  expect(rows.at(-1)).toMatchObject({ similarity: 1, band: 1, estimate: 1, simHash: 1 });
});

test("finds changed copies in a stream", () => {
  const [exact, bloom, minHash] = throughput(300).map(({ found }) => found);
  expect(exact).toBe(bloom);
  expect(exact).toBeLessThan(5);
  expect(minHash).toBe(30);
});
