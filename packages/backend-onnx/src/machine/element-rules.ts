import { binaryNames, unaryNames } from "../wasm/elementwise-names.ts";
import type { Eqn } from "@adjoint/core/backend";
import { numberParam, textParam } from "@adjoint/core/passes";
import type { KernelBinary, KernelComparison, KernelUnary } from "../wasm/kernel-program.ts";
import { type KernelGroup, typeOf } from "./kernel-group.ts";

/** Adds the steps of an elementwise equation; gives the number of the result, or undefined when it has none. */
export type ElementRule = (g: KernelGroup, args: readonly number[], eqn: Eqn) => number | undefined;

const unary =
  (op: KernelUnary): ElementRule =>
  (g, [x = 0]) =>
    g.add({ op, args: [x] });

const binary =
  (op: KernelBinary | KernelComparison): ElementRule =>
  (g, [x = 0, y = 0]) =>
    g.add({ op, args: [x, y] });

const mul = (g: KernelGroup, x: number, y: number): number => g.add({ op: "mul", args: [x, y] });
const sum = (g: KernelGroup, x: number, y: number): number => g.add({ op: "add", args: [x, y] });

const power = (g: KernelGroup, x: number, exponent: number): number => {
  let result: number | undefined;
  let square = x;
  for (let e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = result === undefined ? square : mul(g, result, square);
    if (e > 1) square = mul(g, square, square);
  }
  return result ?? g.constant(1);
};

const longestChain = 64;

const integerPow: ElementRule = (g, [x = 0], { params, inputs }) => {
  const exponent = numberParam(params, "exponent");
  if (Math.abs(exponent) > longestChain || (exponent <= 0 && inputs[0]?.aval.dtype !== "float32"))
    return undefined;
  const raised = power(g, x, Math.abs(exponent));
  return exponent < 0 ? g.add({ op: "div", args: [g.constant(1), raised] }) : raised;
};

const gelu: ElementRule = (g, [x = 0], { params }) => {
  if (textParam(params, "approximate") === "none") {
    const half = mul(g, x, g.constant(0.5));
    const edge = g.add({ op: "erf", args: [mul(g, x, g.constant(Math.SQRT1_2))] });
    return mul(g, half, sum(g, edge, g.constant(1)));
  }
  const bent = sum(g, mul(g, mul(g, x, x), g.constant(0.044_715)), g.constant(1));
  const inner = mul(g, mul(g, bent, x), g.constant(Math.sqrt(2 / Math.PI)));
  return mul(
    g,
    mul(g, x, g.constant(0.5)),
    sum(g, g.add({ op: "tanh", args: [inner] }), g.constant(1)),
  );
};

const isFinite: ElementRule = (g, [x = 0]) => {
  const size = g.add({ op: "abs", args: [x] });
  return g.add({ op: "less", args: [size, g.constant(Number.POSITIVE_INFINITY)] });
};

const fma: ElementRule = (g, [a = 0, b = 0, c = 0]) => sum(g, mul(g, a, b), c);

/** Kernels shift all elements by one number. */
const shift =
  (op: KernelBinary): ElementRule =>
  (g, [x = 0, amount = 0], { inputs }) =>
    inputs[1]?.kind === "literal" ? g.add({ op, args: [x, amount] }) : undefined;

const table: Readonly<Record<string, ElementRule>> = {
  ...Object.fromEntries(unaryNames.map((op) => [op, unary(op)])),
  ...Object.fromEntries(binaryNames.map((op) => [op, binary(op)])),
  where: (g, [condition = 0, x = 0, y = 0]) => g.add({ op: "select", args: [condition, x, y] }),
  cast: (g, [x = 0], { params }) =>
    g.add({ op: "convert", dtype: typeOf(textParam(params, "dtype")), args: [x] }),
  ...{ shiftLeft: shift("shiftLeft"), shiftRightLogical: shift("shiftRightLogical") },
  ...{ integerPow, gelu, isFinite, fma },
};

/** How an elementwise primitive is computed; undefined for those that kernels lack. */
export const elementRule = (name: string): ElementRule | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
