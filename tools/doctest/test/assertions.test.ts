import { expect, test } from "vitest";
import { compileAssertions, localizeImports } from "../src/assertions.ts";
import { findFences } from "../src/fences.ts";

test("finds the marked fences of Markdown and of doc comments", () => {
  const markdown = "text\n```ts doctest\n1 + 1; // => 2\n```\n```ts\nnot this\n```\n";
  expect(findFences(markdown)).toEqual([{ code: "1 + 1; // => 2", line: 3 }]);
  const source = "/**\n * Adds.\n * ```ts doctest\n * f({\n *   a: 1,\n * });\n * ```\n */\n";
  expect(findFences(source)).toEqual([{ code: "f({\n  a: 1,\n});", line: 4 }]);
});

test("an arrow becomes an assertion, over several lines too", () => {
  expect(compileAssertions("f(1); // => [1, 2]")).toContain("expect(f(1)).toEqual(([1, 2]));");
  expect(compileAssertions("const x = f(); // => 3")).toContain(
    "const x = f(); expect(x).toEqual((3));",
  );
  expect(compileAssertions("f(\n  1,\n); // => {\n//   a: 2 }")).toContain(
    "toEqual(({\n  a: 2 }))",
  );
});

test("a note may stand on the line below", () => {
  expect(compileAssertions("f(1);\n// => `a\n//   b`")).toContain("toEqual((`a\n  b`))");
  expect(compileAssertions("f();\n// throws ShapeError")).toContain("expectThrows");
});

test("a note that follows no statement is an error", () => {
  expect(() => compileAssertions("f();\n\n// => 1")).toThrow("1 notes, but 0 of them");
  expect(() => compileAssertions("if (x) {\n}\n// throws Error")).toThrow("follow a statement");
});

test("numbers with a fraction are compared to the digits shown", () => {
  expect(compileAssertions("x; // => [-0.5, 1]")).toContain('[approximately("-0.5"), 1]');
});

test("throws becomes an expectation of an error", () => {
  expect(compileAssertions("f(); // throws ShapeError")).toContain(
    'expectThrows(async () => { await (f()); }, "ShapeError")',
  );
});

test("other comments stay comments", () => {
  expect(compileAssertions("f(); // prints 3")).toBe("f(); // prints 3");
});

test("imports become local", () => {
  expect(localizeImports('import { a, type B, c as d } from "m";\na();')).toBe(
    'const { a, c: d } = await import("m");\na();',
  );
  expect(localizeImports('import type { B } from "m";')).toBe("");
  expect(localizeImports('import * as m from "m";')).toBe('const m = await import("m");');
});
