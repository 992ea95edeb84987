import { AdjointError, memory } from "@adjoint/core";
import { expect, it } from "vitest";

/** What an operation must say about bad input: the class, the operation it names, and part of what it got or asks. */
export type Refusal = readonly [
  kind: abstract new (...args: never[]) => AdjointError,
  operation: string,
  says: string,
];

/** An error that a call throws. */
export const errorOf = (call: () => unknown): AdjointError => {
  try {
    call();
  } catch (error) {
    if (error instanceof AdjointError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

/** Checks class, operation, rule, what was got and the line of the test file that made the call. */
export const expectRefusal = (
  call: () => unknown,
  [kind, operation, says]: Refusal,
  file: string,
): void => {
  const error = errorOf(call);
  expect(error).toBeInstanceOf(kind);
  expect(error.operation).toBe(operation);
  expect(error.rule.length).toBeGreaterThan(5);
  expect(error.message.startsWith(`${operation}: ${error.rule}`)).toBe(true);
  expect(error.message).toContain(says);
  expect(error.message).toMatch(new RegExp(`called at .*${file}:\\d+:\\d+$`));
};

/** A test for each entry; `file` is the name of the test file, which the error must point at. */
export const refuses = (
  file: string,
  table: Readonly<Record<string, readonly [call: () => unknown, ...refusal: Refusal]>>,
): void => {
  it.each(Object.entries(table))("%s", (_name, [call, ...refusal]) => {
    const { bytes } = memory();
    expectRefusal(call, refusal, file);
    // whatever was refused was refused before its result was made
    expect(memory().bytes - bytes).toBeLessThan(2 ** 23);
  });
};
