import { assertAllclose, type Tolerance } from "./allclose.ts";

/** What a test runner's matcher gives back. */
export type MatcherResult = { readonly pass: boolean; readonly message: () => string };

/**
 * Matchers for `expect.extend` of vitest or Jest: `await expect(tree).toBeAllclose(other, { rtol, atol })`.
 *
 * ```ts
 * import { expect } from "vitest";
 * import { matchers } from "@adjoint/core/testing";
 * expect.extend(matchers);
 * ```
 */
export const matchers: {
  toBeAllclose(actual: unknown, expected: unknown, tolerance?: Tolerance): Promise<MatcherResult>;
} = {
  toBeAllclose: async (actual, expected, tolerance) => {
    try {
      await assertAllclose(actual, expected, tolerance);
      return { pass: true, message: () => "expected the trees not to be close" };
    } catch (error) {
      return { pass: false, message: () => String(error) };
    }
  },
};
