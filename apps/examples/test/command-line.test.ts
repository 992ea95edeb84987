import { afterEach, expect, test, vi } from "vitest";
import { runCommand, withUsage } from "../src/command-line/run-command.ts";
import { stepsArgument } from "../src/command-line/steps-argument.ts";
import { wholeNumber } from "../src/command-line/whole-number.ts";

afterEach(() => {
  process.exitCode = undefined;
});

test.each(["", " ", "-1", "1.5", "abc", "1e3", "0x10", "99999999999999999999"])(
  "%j is no whole number",
  (text) => {
    expect(() => wholeNumber("--steps", text, 0)).toThrow(
      `--steps must be a whole number of at least 0, got ${JSON.stringify(text)}`,
    );
  },
);

test("whole numbers are read from a least one on", () => {
  expect([wholeNumber("--seed", "0", 0), wholeNumber("--seed", "12", 1)]).toEqual([0, 12]);
  expect(() => wholeNumber("--epochs", "0", 1)).toThrow("at least 1, got \"0\""); // prettier-ignore
});

test("steps are the only argument", () => {
  expect(stepsArgument("names", [], 10)).toBe(10);
  expect(stepsArgument("names", ["5"], 10)).toBe(5);
  for (const args of [["abc"], ["0"], ["--steps", "5"], ["5", "6"]])
    expect(() => stepsArgument("names", args, 10)).toThrow(/\nusage: names \[steps\]$/);
});

test("a command that fails says why, and the usage where its arguments are wrong", async () => {
  const shown = vi.spyOn(console, "error").mockImplementation(() => undefined);
  await runCommand(async () =>
    withUsage("usage: it", () => {
      throw new Error("odd");
    }),
  );
  expect(shown.mock.calls).toEqual([["odd\nusage: it"]]);
  expect(process.exitCode).toBe(1);
  shown.mockRestore();
});
