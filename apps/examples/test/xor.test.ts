import { expect, test } from "vitest";
import { xor } from "../src/xor.ts";

test.each([0, 1, 2])("learns XOR from seed %i", async (seed) => {
  const { loss, probabilities } = await xor(seed);
  expect(loss).toBeLessThan(1e-3);
  expect(probabilities.map(Math.round)).toEqual([0, 1, 1, 0]);
});
