import { createOnnxBackend } from "@adjoint/backend-onnx";
import { getBackend, setBackend } from "@adjoint/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { miniTransformer } from "../src/mini-transformer.ts";

const before = getBackend();
beforeAll(async () => setBackend(await createOnnxBackend()));
afterAll(() => setBackend(before));

test("the original with dropout reaches the tutorials' 0.15", async () => {
  const { loss, next } = await miniTransformer("original");
  expect(loss).toBeGreaterThan(0.12);
  expect(loss).toBeLessThan(0.18);
  expect(next[0]?.[0]).toBe("的");
});

test("the encoder stops at its floor and predicts 的 after 写代码", async () => {
  const { loss, next } = await miniTransformer("encoder");
  expect(loss).toBeGreaterThan((2 * Math.LN2) / 11);
  expect(loss).toBeLessThan(0.15);
  expect(next[0]).toEqual(["的", expect.closeTo(0.99, 1)]);
});

test("the causal model goes below the encoder's floor", async () => {
  const { loss, next } = await miniTransformer("causal");
  expect(loss).toBeLessThan(0.02);
  expect(next[0]?.[0]).toBe("的");
  expect(next.reduce((sum, [, p]) => sum + p, 0)).toBeCloseTo(1, 4);
});
