import { assertAllclose, type Tolerance } from "./allclose.ts";

/** What a test runner's matcher gives back. */
export type MatcherResult = { readonly pass: boolean; readonly message: () => string };

/** Whether two trees of tensors are close, as a matcher gives it. */
export const toBeAllclose = async (
  actual: unknown,
  expected: unknown,
  tolerance?: Tolerance,
): Promise<MatcherResult> => {
  try {
    await assertAllclose(actual, expected, tolerance);
    return { pass: true, message: () => "expected the trees not to be close" };
  } catch (error) {
    return { pass: false, message: () => String(error) };
  }
};

/**
 * Matchers for `expect.extend` of vitest or Jest: `await expect(tree).toBeAllclose(other, { rtol, atol })`.
 *
 * ```ts
 * import { expect } from "vitest";
 * import { matchers } from "@adjoint/core/testing";
 * expect.extend(matchers);
 * ```
 */
export const matchers: { readonly toBeAllclose: typeof toBeAllclose } = { toBeAllclose };
