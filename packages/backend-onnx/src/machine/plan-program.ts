import {
  type Atom,
  type Eqn,
  formatAval,
  type HostArray,
  type Literal,
  type Shape,
  sizeOf,
  Var,
} from "@adjoint/core/backend";
import {
  axisPairParam,
  numberParam,
  numbersParam,
  textParam,
  type Folded,
} from "@adjoint/core/passes";
import type { KernelAxes } from "../wasm/kernel-program.ts";
import { elementRule } from "./element-rules.ts";
import type { Item } from "./item.ts";
import { type Extent, KernelGroup, type Operand, wholeAxes } from "./kernel-group.ts";
import { type Loops, loopsFor } from "./loops.ts";
import { planRandom } from "./plan-random.ts";
import { type Attempt, basesOf, join, Planner, shaped } from "./planner.ts";
import { prologueOf } from "./prologue.ts";
import { rowRule } from "./row-rules.ts";
import { unsupported } from "./unsupported.ts";
import {
  broadcastView,
  isWhole,
  permuteView,
  reshapeView,
  sliceView,
  type View,
  wholeView,
} from "./view.ts";

/** A program as steps for generated kernels. */
export type ProgramPlan = {
  readonly items: readonly Item[];
  /** Equations on few numbers that depend on nothing computed here; they run first, on the host. */
  readonly prologue: readonly Eqn[];
  /** For each output of the program: the whole of a name, or a number. */
  readonly outputs: readonly (Var | Literal)[];
};

const planElements = (p: Planner, eqn: Eqn): boolean => {
  const rule = elementRule(eqn.primitive.name);
  const [out] = eqn.outputs;
  if (rule === undefined || out === undefined) return false;
  const { shape } = out.aval;
  const attemptWith =
    (operands: readonly Operand[]): Attempt =>
    (group) => {
      const extent = group.extentOf(sizeOf(shape));
      if (extent === undefined) return false;
      const ids = operands.map((o) => group.read(o, extent));
      const args = ids.filter((id) => id !== undefined);
      if (args.length !== ids.length) return false;
      const id = rule(group, args, eqn);
      if (id === undefined) return unsupported(eqn.primitive.name);
      group.values.set(out, { id, extent, axes: group.axesOf(extent) });
      return true;
    };
  const viewsOf = (operands: readonly Operand[]): readonly View[] =>
    operands.flatMap((o) => (o.kind === "view" ? [o.view] : []));
  const tryWith = (operands: readonly Operand[]): boolean =>
    join(p, basesOf(operands), [out], attemptWith(operands), () =>
      loopsFor(shape, viewsOf(operands)),
    );
  const operands = eqn.inputs.map((a) => shaped(p.entry(a), shape));
  if (tryWith(operands)) return true;
  const dense = eqn.inputs.map((a) => {
    const entry = p.entry(a);
    return shaped(
      entry.kind === "number" ? entry : { kind: "view", view: p.dense(entry, a.aval.shape) },
      shape,
    );
  });
  if (tryWith(dense)) return true;
  const full = dense.map((o): Operand =>
    o.kind === "view" ? { kind: "view", view: p.dense(o, shape) } : o,
  );
  return tryWith(full);
};

const planRows = (p: Planner, eqn: Eqn): boolean => {
  const rule = rowRule(eqn.primitive.name);
  const shape = eqn.inputs[0]?.aval.shape;
  if (rule === undefined || shape === undefined || shape.length === 0) return false;
  if ("axis" in eqn.params && numberParam(eqn.params, "axis") !== shape.length - 1)
    return unsupported("rows along another axis");
  const columns = shape.at(-1) ?? 1;
  const fit = (group: KernelGroup): boolean =>
    !group.isRandom &&
    group.loops[2] === columns &&
    group.extentOf(sizeOf(shape)) === "whole" &&
    columns > 1;
  const operands = eqn.inputs.map((a, i): Operand => {
    const entry = p.entry(a);
    if (entry.kind === "number" && i > 0) return entry;
    const view = p.dense(entry, a.aval.shape);
    return { kind: "view", view: rule.operands[i] === "row" ? view : broadcastView(view, shape) };
  });
  const attempt: Attempt = (group) => {
    if (!fit(group)) return false;
    const ids = operands.map((o, i) => group.read(o, rule.operands[i] === "row" ? "row" : "whole"));
    const args = ids.filter((id) => id !== undefined);
    if (args.length !== ids.length) return false;
    rule.write(group, args, eqn).forEach(({ id, extent }, i) => {
      const out = eqn.outputs[i];
      if (out !== undefined) group.values.set(out, { id, extent, axes: group.axesOf(extent) });
    });
    return true;
  };
  const second = shape.at(-2) ?? 1;
  const loops: Loops = [sizeOf(shape) / (columns * second), second, columns];
  return columns > 1 && join(p, basesOf(operands), eqn.outputs, attempt, () => loops);
};

const reductions: Readonly<Partial<Record<string, "rowSum" | "rowMax" | "rowMin">>> = {
  sum: "rowSum",
  reduceMax: "rowMax",
  reduceMin: "rowMin",
};

/** Which loops a reduction runs over: each must be reduced altogether or not at all. */
const reducedLoops = (
  shape: Shape,
  axes: readonly number[],
  [blocks, rows]: Loops,
): KernelAxes | undefined => {
  const marks = shape.map((size, axis) => (size === 1 ? undefined : axes.includes(axis)));
  const groups: (boolean | undefined)[] = [undefined, undefined, undefined];
  let [seen, loop] = [1, 0];
  const limits = [blocks, blocks * rows, sizeOf(shape)];
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    while (loop < 2 && seen >= (limits[loop] ?? 1)) loop++;
    seen *= size;
    const mark = marks[axis];
    if (seen > (limits[loop] ?? 1) || (groups[loop] !== undefined && groups[loop] !== mark))
      return undefined;
    groups[loop] = mark;
  }
  const [b = false, r = false, c = false] = groups;
  return { blocks: b, rows: r, columns: c };
};

const planReduction = (p: Planner, eqn: Eqn): boolean => {
  const op = reductions[eqn.primitive.name];
  const [x] = eqn.inputs;
  const [out] = eqn.outputs;
  if (op === undefined || x === undefined || out === undefined || x.aval.dtype !== "float32")
    return false;
  const { shape } = x.aval;
  const axes = numbersParam(eqn.params, "axes");
  const attemptWith =
    (operand: Operand): Attempt =>
    (group) => {
      if (group.isRandom || group.extentOf(sizeOf(shape)) !== "whole") return false;
      const reduced = reducedLoops(shape, axes, group.loops);
      if (reduced === undefined) return false;
      const isRow =
        !(reduced.blocks && group.loops[0] > 1) && !(reduced.rows && group.loops[1] > 1);
      if (op !== "rowSum" && !isRow) return false;
      const id = group.read(operand, "whole");
      if (id === undefined) return false;
      const value = reduced.columns ? group.add({ op, args: [id] }) : id;
      const extent: Extent = isRow ? (reduced.columns ? "row" : "whole") : "sum";
      const kept = isRow
        ? group.axesOf(reduced.columns ? "row" : "whole")
        : { blocks: !reduced.blocks, rows: !reduced.rows, columns: !reduced.columns };
      group.values.set(out, { id: value, extent, axes: kept });
      return true;
    };
  const candidates = (): Loops | undefined => {
    for (let i = shape.length; i >= 0; i--)
      for (let j = i; j >= 0; j--) {
        const loops: Loops = [
          sizeOf(shape.slice(0, j)),
          sizeOf(shape.slice(j, i)),
          sizeOf(shape.slice(i)),
        ];
        if (loops[2] === 1 && sizeOf(shape) > 1) continue;
        const reduced = reducedLoops(shape, axes, loops);
        if (
          reduced === undefined ||
          (op !== "rowSum" && ((reduced.blocks && loops[0] > 1) || (reduced.rows && loops[1] > 1)))
        )
          continue;
        return loops;
      }
    return undefined;
  };
  const dense: Operand = { kind: "view", view: p.dense(p.entry(x), shape) };
  if (join(p, basesOf([dense]), [out], attemptWith(dense), candidates)) return true;
  // the reduced axes last, in a copy
  const kept = shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const moved = p.dense(
    { kind: "view", view: permuteView(dense.view, [...kept, ...axes]) },
    [...kept, ...axes].map((i) => shape[i] ?? 1),
  );
  const flat = new Var({ shape: moved.shape, dtype: "float32" });
  p.define(flat, moved);
  const last = axes.map((_, i) => kept.length + i);
  return sizeOf(shape) > 1 && planReduction(p, { ...eqn, params: { axes: last }, inputs: [flat] });
};

const dotParams: ReadonlySet<string> = new Set(["contract", "batch", "alpha"]);

const planDot = (p: Planner, eqn: Eqn): boolean => {
  const [x, y] = eqn.inputs;
  const [out] = eqn.outputs;
  if (
    eqn.primitive.name !== "dotGeneral" ||
    x === undefined ||
    y === undefined ||
    out === undefined
  )
    return false;
  if (out.aval.dtype !== "float32") return unsupported("products of other types than float32");
  if (Object.keys(eqn.params).some((key) => !dotParams.has(key)))
    return unsupported("a new kind of product");
  const contract = axisPairParam(eqn.params, "contract");
  const batch = axisPairParam(eqn.params, "batch");
  const sizes = (shape: Shape, axes: readonly number[]): Shape => axes.map((i) => shape[i] ?? 1);
  const batchSizes = sizes(x.aval.shape, batch.left);
  const matrix = (
    atom: Atom,
    batchAxes: readonly number[],
    contracted: readonly number[],
    isLeft: boolean,
  ): View => {
    const { shape } = atom.aval;
    const free = shape
      .map((_, i) => i)
      .filter((i) => !contracted.includes(i) && !batchAxes.includes(i));
    const inner = isLeft ? [...free, ...contracted] : [...contracted, ...free];
    const [rows, columns] = (isLeft ? [free, contracted] : [contracted, free]).map((axes) =>
      sizeOf(sizes(shape, axes)),
    );
    const target = [...batchSizes, rows ?? 1, columns ?? 1];
    const moved = permuteView(p.view(atom), [...batchAxes, ...inner]);
    return (
      reshapeView(moved, target) ??
      reshapeView(p.dense({ kind: "view", view: moved }, moved.shape), target) ??
      unsupported("a product")
    );
  };
  const a = matrix(x, batch.left, contract.left, true);
  const b = matrix(y, batch.right, contract.right, false);
  if (sizeOf(batchSizes) > 4096) return unsupported("a product of very many matrices");
  const alpha = "alpha" in eqn.params ? numberParam(eqn.params, "alpha") : 1;
  p.push({ kind: "dot", batch: batchSizes, a, b, out, alpha }, out);
  return true;
};

const zeros = (shape: Shape): readonly number[] => shape.map(() => 0);

const planMovement = (p: Planner, eqn: Eqn): boolean => {
  const [x] = eqn.inputs;
  const [out] = eqn.outputs;
  if (x === undefined || out === undefined) return false;
  const { shape } = out.aval;
  const entry = p.entry(x);
  const { params } = eqn;
  const name = eqn.primitive.name;
  if (
    name === "stopGradient" ||
    name === "barrier" ||
    name === "reshape" ||
    name === "broadcastTo" ||
    name === "transpose"
  ) {
    if (entry.kind === "number") p.repeat(out, entry.value);
    else if (name === "transpose")
      p.define(out, permuteView(entry.view, numbersParam(params, "perm")));
    else if (name === "broadcastTo") p.define(out, broadcastView(entry.view, shape));
    else
      p.define(
        out,
        reshapeView(entry.view, shape) ??
          reshapeView(p.dense(entry, x.aval.shape), shape) ??
          unsupported("a reshape"),
      );
    return true;
  }
  if (name === "slice") {
    const start = numbersParam(params, "start");
    const steps =
      params["strides"] === undefined || params["strides"] === null
        ? shape.map(() => 1)
        : numbersParam(params, "strides");
    p.define(out, sliceView(p.view(x), start, shape, steps));
    return true;
  }
  if (name === "split") {
    const axis = numberParam(params, "axis");
    const view = p.view(x);
    let start = 0;
    for (const part of eqn.outputs) {
      p.define(
        part,
        sliceView(
          view,
          zeros(part.aval.shape).map((_, i) => (i === axis ? start : 0)),
          part.aval.shape,
          [],
        ),
      );
      start += part.aval.shape[axis] ?? 0;
    }
    return true;
  }
  if (name !== "concatenate" || out.aval.dtype === "bool") return false;
  const axis = numberParam(params, "axis");
  let start = 0;
  for (const part of eqn.inputs) {
    const from = p.view(part);
    const to = sliceView(
      wholeView(out),
      zeros(shape).map((_, i) => (i === axis ? start : 0)),
      part.aval.shape,
      [],
    );
    p.push({ kind: "copy", from, to }, out);
    start += part.aval.shape[axis] ?? 0;
  }
  return true;
};

const planRowsByNumber = (p: Planner, eqn: Eqn): boolean => {
  const { name } = eqn.primitive;
  const [x, second, third] = eqn.inputs;
  const [out] = eqn.outputs;
  if (
    (name !== "gather" && name !== "scatter") ||
    x === undefined ||
    second === undefined ||
    out === undefined
  )
    return false;
  if (
    numberParam(eqn.params, "batchDims") !== 0 ||
    second.aval.shape.at(-1) !== 1 ||
    out.aval.dtype === "bool"
  )
    return unsupported(name);
  const indices = p.dense(p.entry(second), second.aval.shape);
  if (name === "gather") {
    p.push({ kind: "gather", table: p.dense(p.entry(x), x.aval.shape), indices, out }, out);
    return true;
  }
  const mode = textParam(eqn.params, "mode");
  if (third === undefined || (mode !== "add" && mode !== "set") || out.aval.dtype !== "float32")
    return unsupported("this scatter");
  const updates = p.dense(p.entry(third), third.aval.shape);
  const entry = p.entry(x);
  const group = new KernelGroup([1, 1, sizeOf(out.aval.shape)]);
  const operand: Operand =
    entry.kind === "number"
      ? entry
      : { kind: "view", view: flatView(p.dense(entry, x.aval.shape)) };
  const id = group.read(operand, "whole") ?? unsupported("a scatter");
  group.values.set(out, { id, extent: "whole", axes: wholeAxes });
  p.push({ kind: "kernel", group }, out);
  p.push({ kind: "scatter", mode, indices, updates, out }, out);
  return true;
};

const flatView = (view: View): View => ({ ...view, shape: [sizeOf(view.shape)], strides: [1] });

const planners: readonly ((p: Planner, eqn: Eqn) => boolean)[] = [
  planMovement,
  planElements,
  planRows,
  planReduction,
  planDot,
  planRowsByNumber,
  planRandom,
];

/** Plans a whole program for generated kernels; throws UnsupportedError when they cannot run all of it. */
export const planProgram = (folded: Folded, inputs: readonly Var[]): ProgramPlan => {
  const { ir, constants } = folded;
  const p = new Planner();
  const prologue = prologueOf(folded, inputs);
  const early = new Set(prologue);
  const roots: readonly (readonly [Var, HostArray | undefined])[] = [
    ...inputs.map((v) => [v, undefined] as const),
    ...constants,
  ];
  for (const [v] of roots) p.define(v, wholeView(v));
  for (const eqn of prologue) for (const v of eqn.outputs) p.define(v, wholeView(v));
  for (const eqn of ir.eqns) {
    if (early.has(eqn)) continue;
    if ([...eqn.inputs, ...eqn.outputs].some((a) => sizeOf(a.aval.shape) === 0))
      unsupported("empty arrays");
    if (!planners.some((plan) => plan(p, eqn)))
      unsupported(`${eqn.primitive.name} ${eqn.inputs.map((a) => formatAval(a.aval)).join()}`);
  }
  const outputs = ir.outputs.map((atom) => {
    const entry = p.entry(atom);
    if (entry.kind === "number" && atom.aval.shape.length === 0)
      return { kind: "literal", value: entry.value, aval: atom.aval } satisfies Literal;
    if (entry.kind === "view" && isWhole(entry.view)) return entry.view.base;
    return p.copy(entry, atom.aval.shape);
  });
  return { items: p.items, prologue, outputs };
};
