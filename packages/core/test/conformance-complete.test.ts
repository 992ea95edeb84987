/// <reference types="vite/client" />
import { primitivesOf, table } from "@adjoint/conformance";
import * as core from "@adjoint/core";
import * as random from "@adjoint/core/random";
import { expect, it } from "vitest";

// A new operation without a row in the conformance table fails here.

type Loaded = Readonly<Record<string, unknown>>;

const folders = "../src/{primitives,control,transforms}/*.ts";
const modules: Readonly<Record<string, Loaded>> = import.meta.glob(
  "../src/{primitives,control,transforms}/*.ts",
  { eager: true },
);
const sources: Readonly<Record<string, string>> = import.meta.glob(
  "../src/{primitives,control,transforms}/*.ts",
  { eager: true, query: "?raw", import: "default" },
);

const isPrimitive = (value: unknown): value is { readonly name: string } =>
  typeof value === "object" && value !== null && "abstractEval" in value && "evaluate" in value;

const exported = Object.values(modules)
  .flatMap(Object.values)
  .filter(isPrimitive)
  .map((p) => p.name);

/** Primitives that a file keeps to itself: `const somethingP: Primitive<...> = { name: "something"`. */
const kept = Object.values(sources).flatMap((text) =>
  [...text.matchAll(/^const \w+: Primitive<\w+> = \{\s*name: "(\w+)"/gm)].map(
    ([, name]) => name ?? "",
  ),
);

const primitives = [...new Set([...exported, ...kept])].sort();

/** Only bound while the reverse half of a derivative is built, and inlined before a program is kept. */
const passing: Readonly<Record<string, string>> = {
  attentionTangent:
    "exists between linearize and transpose; the rows of attention differentiate through it",
  checkpointTangent:
    "exists between linearize and transpose; the rows of checkpoint differentiate through it",
  customVjpTangent:
    "exists between linearize and transpose; the rows of customVjp differentiate through it",
  psum: "replaced by the vmap that names its axis; the rows of psum and pmean run through it",
  pmax: "replaced by the vmap that names its axis; the row of pmax runs through it",
  axisIndex: "replaced by the vmap that names its axis; the row of axisIndex runs through it",
  barrier: "made by checkpoint while it is transposed",
};

it("finds the primitives", () => {
  expect(folders).toContain("primitives");
  expect(exported.length).toBeGreaterThan(80);
  expect(kept).toContain("checkpoint");
  expect(kept).toContain("customJvp");
});

it("has a row for every primitive", () => {
  const covered = new Set(table.flatMap((row) => row.primitives));
  expect(primitives.filter((name) => !covered.has(name) && !(name in passing))).toEqual([]);
  expect(Object.keys(passing).filter((name) => !primitives.includes(name))).toEqual([]);
});

it.each(table.map((row) => [row.name, row] as const))(
  "%s contains what its row says",
  (_name, row) => {
    const found = primitivesOf(row);
    expect(row.primitives.filter((name) => !found.has(name))).toEqual([]);
  },
);

/** Exports that take no tensors to compute with. */
const others: Readonly<Record<string, string>> = {
  debugNans: "a setting around a function",
  getBackend: "a setting",
  setBackend: "a setting",
  withBackend: "a setting around a function",
  copyTo: "moves tensors; memory.test.ts",
  memory: "a report",
  scope: "frees tensors; memory.test.ts",
  isFloat: "asks about a dtype",
  isInteger: "asks about a dtype",
  isTensor: "asks about a value",
  promoteTypes: "asks about dtypes; promotion.test.ts",
  makeIr: "gives a program; format.test.ts",
  "random.keyData": "reads a key; random.test.ts",
};

const isClass = (value: unknown): boolean =>
  /^class\b/.test(Function.prototype.toString.call(value));

const functionsOf = (module: Loaded, prefix: string): readonly string[] =>
  Object.entries(module)
    .filter(([, value]) => typeof value === "function" && !isClass(value))
    .map(([name]) => `${prefix}${name}`);

const functions = [...functionsOf(core, ""), ...functionsOf(random, "random.")];

it("has a row for every public function", () => {
  const covered = new Set(table.flatMap((row) => row.functions));
  expect(functions.filter((name) => !covered.has(name) && !(name in others))).toEqual([]);
  expect(Object.keys(others).filter((name) => !functions.includes(name))).toEqual([]);
});

it("has rows of public functions only", () => {
  const known = new Set([...functions, "flatten", "slice"]);
  expect(table.flatMap((row) => row.functions).filter((name) => !known.has(name))).toEqual([]);
});

/** Methods that read, print or free a tensor instead of computing with it. */
const reading = [
  "constructor",
  "bind",
  "literal",
  "self",
  "data",
  "dataSync",
  "item",
  "itemSync",
  "toArray",
  "toArraySync",
  "donate",
  "ownBuffer",
  "dispose",
  "toString",
];

it("has a row for every method", () => {
  const prototypes = [core.Tensor.prototype, Object.getPrototypeOf(core.Tensor.prototype)];
  const methods = prototypes
    .flatMap((p) => Object.entries(Object.getOwnPropertyDescriptors(p)))
    .filter(([, { value }]) => typeof value === "function")
    .map(([name]) => name);
  const covered = new Set(table.flatMap((row) => row.functions));
  expect(methods.filter((name) => !covered.has(name) && !reading.includes(name))).toEqual([]);
});

it("gives a reason for every derivative it leaves out", () => {
  const silent = table.flatMap((row) =>
    row.cases
      .filter((c) => c.order !== undefined && c.why === undefined)
      .map((c) => `${row.name}: ${c.label}`),
  );
  expect(silent).toEqual([]);
});

it("has no two cases of one name in a row", () => {
  const names = table.flatMap((row) => row.cases.map((c) => `${row.name}: ${c.label}`));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
