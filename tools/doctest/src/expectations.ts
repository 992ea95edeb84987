import { getBackend, setBackend } from "@adjoint/core";
import { afterEach, expect } from "vitest";

const digitsAfterPoint = (literal: string): number => {
  const [mantissa = "", exponent = "0"] = literal.toLowerCase().split("e");
  return (mantissa.split(".")[1]?.length ?? 0) - Number(exponent);
};

/** Equals every number that rounds to the digits of `literal`, such as "0.8415". */
export const approximately = (literal: string): unknown => ({
  asymmetricMatch: (value: unknown): boolean =>
    typeof value === "number" &&
    Math.abs(value - Number(literal)) <= 0.5000001 * 10 ** -digitsAfterPoint(literal),
  toAsymmetricMatcher: (): string => `about ${literal}`,
});

/** Fails unless `action` throws an error whose name or message contains `text`. */
export const expectThrows = async (action: () => Promise<void>, text: string): Promise<void> => {
  const thrown = await action().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown, "expected an error").toBeInstanceOf(Error);
  expect(String(thrown)).toContain(text);
};

/** Each example of the file begins on the backend that it would find in a program of its own. */
export const restoreBackend = (): void => {
  const before = getBackend();
  afterEach(() => setBackend(before));
};
