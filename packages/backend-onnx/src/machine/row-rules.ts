import type { Eqn } from "@adjoint/core/backend";
import { numberParam } from "@adjoint/core/passes";
import type { KernelBinary, KernelUnary } from "../wasm/kernel-program.ts";
import type { KernelGroup } from "./kernel-group.ts";

/** A value of a row rule: one an element or one a row. */
export type RowValue = { readonly id: number; readonly extent: "whole" | "row" };

/** Adds the steps of an equation that works on rows; `rows` tells which operands have one value a row. */
export type RowRule = {
  /** For each operand: whole rows, one value a row, or one value a column. */
  readonly operands: readonly ("whole" | "row" | "column")[];
  readonly write: (g: KernelGroup, args: readonly number[], eqn: Eqn) => readonly RowValue[];
};

const op1 = (g: KernelGroup, op: KernelUnary | "rowSum" | "rowMax", x: number): number =>
  g.add({ op, args: [x] });
const op2 = (g: KernelGroup, op: KernelBinary, x: number, y: number): number =>
  g.add({ op, args: [x, y] });

const mean = (g: KernelGroup, x: number): number =>
  op2(g, "mul", op1(g, "rowSum", x), g.constant(1 / g.loops[2]));

/** The largest of the row; 0 for a row of nothing but -Infinity. */
const shift = (g: KernelGroup, x: number): number => {
  const largest = op1(g, "rowMax", x);
  const none = g.add({ op: "equal", args: [largest, g.constant(Number.NEGATIVE_INFINITY)] });
  return g.add({ op: "select", args: [none, g.constant(0), largest] });
};

/** `total`, or 1 where it is 0: a row in which everything is masked. */
const orOne = (g: KernelGroup, total: number): number =>
  g.add({
    op: "select",
    args: [g.add({ op: "equal", args: [total, g.constant(0)] }), g.constant(1), total],
  });

const softmax: RowRule = {
  operands: ["whole"],
  write: (g, [x = 0]) => {
    const powers = op1(g, "exp", op2(g, "sub", x, shift(g, x)));
    const scale = op2(g, "div", g.constant(1), orOne(g, op1(g, "rowSum", powers)));
    return [{ id: op2(g, "mul", powers, scale), extent: "whole" }];
  },
};

const logSoftmax: RowRule = {
  operands: ["whole"],
  write: (g, [x = 0]) => {
    const centered = op2(g, "sub", x, shift(g, x));
    const total = op1(g, "rowSum", op1(g, "exp", centered));
    return [{ id: op2(g, "sub", centered, op1(g, "log", total)), extent: "whole" }];
  },
};

const softmaxCrossEntropy: RowRule = {
  operands: ["whole", "row"],
  write: (g, [x = 0, labels = 0]) => {
    const largest = shift(g, x);
    const total = op1(g, "rowSum", op1(g, "exp", op2(g, "sub", x, largest)));
    const low = op2(g, "max", labels, g.constant(0, "int32"));
    const label = op2(g, "min", low, g.constant(g.loops[2] - 1, "int32"));
    const isLabel = g.add({ op: "equal", args: [g.add({ op: "columnIndex" }), label] });
    const own = op1(g, "rowSum", g.add({ op: "select", args: [isLabel, x, g.constant(0)] }));
    const logTotal = op2(g, "add", op1(g, "log", orOne(g, total)), largest);
    return [{ id: op2(g, "sub", logTotal, own), extent: "row" }];
  },
};

const layerNorm: RowRule = {
  operands: ["whole", "column", "column"],
  write: (g, [x = 0, scale = 0, bias = 0], { params }) => {
    const center = mean(g, x);
    const centered = op2(g, "sub", x, center);
    const variance = mean(g, op2(g, "mul", centered, centered));
    const spread = op1(g, "sqrt", op2(g, "add", variance, g.constant(numberParam(params, "eps"))));
    const rstd = op2(g, "div", g.constant(1), spread);
    const y = op2(g, "add", op2(g, "mul", op2(g, "mul", centered, rstd), scale), bias);
    return [
      { id: y, extent: "whole" },
      { id: center, extent: "row" },
      { id: rstd, extent: "row" },
    ];
  },
};

const rmsNorm: RowRule = {
  operands: ["whole", "column"],
  write: (g, [x = 0, scale = 0], { params }) => {
    const square = mean(g, op2(g, "mul", x, x));
    const spread = op1(g, "sqrt", op2(g, "add", square, g.constant(numberParam(params, "eps"))));
    const rstd = op2(g, "div", g.constant(1), spread);
    return [
      { id: op2(g, "mul", op2(g, "mul", x, rstd), scale), extent: "whole" },
      { id: rstd, extent: "row" },
    ];
  },
};

const table: Readonly<Record<string, RowRule>> = {
  softmax,
  logSoftmax,
  softmaxCrossEntropy,
  layerNorm,
  rmsNorm,
};

/** How a primitive on the rows of the last axis is computed; undefined for those that kernels lack. */
export const rowRule = (name: string): RowRule | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
