import type { Var } from "@adjoint/core/backend";
import { Body } from "../body/body.ts";
import { size } from "../kernel/shape-marks.ts";
import { columnIndex, depthIn, memberAt, rowIndex, type RowSpace } from "../plan/space.ts";
import { expressionOf, isReduction } from "../plan/reads.ts";
import { KernelArrays, type Storage } from "./arrays.ts";
import type { Emitted } from "./emitted.ts";
import { indented, kernelOf, type KernelText } from "./kernel-text.ts";
import { type Reducer, reducerOf } from "./reducer.ts";
import { type RowPasses, rowPasses } from "./row-passes.ts";
import { type RowShape, rowShapeOf } from "./row-shape.ts";
import { nameOf, type Unit } from "./unit.ts";

/** What a running reduction is called and how it goes. */
type Sum = { readonly variable: Var; readonly name: string; readonly reducer: Reducer };

/** Writes the kernel of a row cluster, or of the first or second half of a split one. */
class RowWriter {
  readonly arrays: KernelArrays;
  readonly body: Body;
  readonly lines: string[] = [];
  readonly shared: string[] = [];
  readonly #unit: Unit;
  readonly #space: RowSpace;
  readonly #shape: RowShape;
  readonly #names = new Map<Var, string>();

  constructor(unit: Unit, space: RowSpace, shape: RowShape) {
    this.#unit = unit;
    this.#space = space;
    this.#shape = shape;
    this.arrays = new KernelArrays(unit.layouts);
    const { planned, cluster } = unit;
    this.body = new Body(planned.graph, (v, at) => {
      if (cluster.members.has(v)) return this.#names.get(v);
      return planned.arrays.has(v) ? this.arrays.load(v, at) : undefined;
    });
    this.body.variable(rowIndex, 0);
    this.body.variable(columnIndex, 1);
  }

  sumOf(variable: Var): Sum {
    const eqn = this.#unit.planned.graph.equation(variable);
    const dtype = eqn.inputs[0]?.aval.dtype ?? "float32";
    const isSum = eqn.primitive.name === "sum" || eqn.primitive.name === "prod";
    const reducer = reducerOf(eqn.primitive.name, isSum ? variable.aval.dtype : dtype);
    return { variable, name: `s${this.#names.size}`, reducer };
  }

  /** Reductions that one loop over the columns forms, and elements that it stores. */
  pass(reduced: readonly Var[], elements: readonly Var[], columns: ColumnRange): readonly Sum[] {
    const sums = reduced.map((v) => this.#begin(v));
    this.body.nextPass();
    const updates = sums.map((sum) => this.#update(sum));
    const stores = elements.map((v) => this.#store(v));
    const inner = [...this.body.take(1), ...updates, ...stores];
    this.lines.push(...this.body.take(0));
    for (const { name, reducer } of sums)
      this.lines.push(`var ${name}: ${reducer.type} = ${reducer.initial};`);
    this.lines.push(
      `for (var c = ${columns.from}; c < ${columns.to}; c += ${this.#shape.lanes}u) {`,
      ...indented(inner),
      "}",
    );
    if (this.#shape.lanes > 1) for (const sum of sums) this.#combine(sum);
    return sums;
  }

  /** Puts the parts of split rows together. */
  total(partials: readonly Partial[], splits: number): void {
    for (const { sum } of partials) {
      this.#begin(sum.variable);
      this.lines.push(`var ${sum.name}: ${sum.reducer.type} = ${sum.reducer.initial};`);
    }
    const updates = partials.map(({ sum: { name, reducer }, storage }) => {
      const part = `${this.arrays.nameOf(storage, "read")}[c * ${size(this.#space.rows)} + r]`;
      return `${name} = ${reducer.combine(name, asValue(part, reducer))};`;
    });
    const { lanes } = this.#shape;
    this.lines.push(
      `for (var c = lane; c < ${size(splits)}; c += ${lanes}u) { ${updates.join(" ")} }`,
    );
    if (lanes > 1) for (const { sum } of partials) this.#combine(sum);
  }

  #begin(variable: Var): Sum {
    const sum = this.sumOf(variable);
    this.#names.set(variable, sum.name);
    return sum;
  }

  #update({ variable, name, reducer }: Sum): string {
    const { atom, at } = expressionOf(this.#unit.planned, variable, this.#space, "row");
    return `${name} = ${reducer.combine(name, this.body.value(atom, at))};`;
  }

  #store(variable: Var): string {
    const at = memberAt(this.#space, variable, "element");
    const store = this.arrays.store(variable, at, this.body.value(variable, at));
    return this.#guarded(store, false);
  }

  /** Statements for rows that exist; `once` for those that one lane does. */
  #guarded(statement: string, once: boolean): string {
    const { rows, lanes } = this.#shape;
    const tests = [
      ...(rows > 1 && lanes > 1 ? ["isRow"] : []),
      ...(once && lanes > 1 ? ["lane == 0u"] : []),
    ];
    return tests.length === 0 ? statement : `if (${tests.join(" && ")}) { ${statement} }`;
  }

  /** Puts the lanes of a row together, in a fixed order. */
  #combine({ name, reducer }: Sum): void {
    const { rows, lanes } = this.#shape;
    const part = `part_${reducer.type}`;
    const declaration = `var<workgroup> ${part}: array<${reducer.type}, ${rows * lanes}>;`;
    if (!this.shared.includes(declaration)) this.shared.push(declaration);
    const own = rows === 1 ? "lane" : `(lane * ${rows}u + own)`;
    const other = rows === 1 ? "lane + half" : `(lane + half) * ${rows}u + own`;
    this.lines.push(
      `${part}[${own}] = ${name};`,
      "workgroupBarrier();",
      `for (var half = ${lanes / 2}u; half > 0u; half = half / 2u) {`,
      `  if (lane < half) { ${part}[${own}] = ${reducer.combine(`${part}[${own}]`, `${part}[${other}]`)}; }`,
      "  workgroupBarrier();",
      "}",
      `${name} = ${part}[${rows === 1 ? "0u" : "own"}];`,
      "workgroupBarrier();",
    );
  }

  /** Stores values that a row has once. */
  rowMembers(members: readonly Var[]): void {
    const stores = members.map((v) => {
      const at = memberAt(this.#space, v, "row");
      return this.#guarded(this.arrays.store(v, at, this.body.value(v, at)), true);
    });
    this.lines.push(...this.body.take(0), ...stores);
  }

  /** The kernel with all that was written. */
  finish(name: string, groups: number, flops: number): Emitted {
    const { rows, lanes, splits } = this.#shape;
    const text: KernelText = {
      name,
      operands: this.arrays.operands,
      shared: this.shared,
      workgroup: rows * lanes,
      groups,
      body: [...this.#head(splits), ...this.lines],
      flops,
      bytes: this.arrays.bytes,
    };
    return { kernel: kernelOf(text), text, storages: this.arrays.storages };
  }

  #head(splits: number): readonly string[] {
    const { rows, lanes } = this.#shape;
    const own = this.#space.trailing
      ? [`lid / ${lanes}u`, `lid % ${lanes}u`]
      : [`lid % ${rows}u`, `lid / ${rows}u`];
    const last = size(this.#space.rows);
    return [
      ...(splits > 1 ? [`let chunk = group % ${size(splits)};`] : []),
      `let block = ${splits > 1 ? `group / ${size(splits)}` : "group"};`,
      ...(rows === 1
        ? ["let r = block;"]
        : lanes === 1
          ? [`let r = block * ${rows}u + lid;`, `if (r >= ${last}) { return; }`]
          : [
              `let own = ${own[0]};`,
              `let isRow = block * ${rows}u + own < ${last};`,
              `let r = min(block * ${rows}u + own, ${last} - 1u);`,
            ]),
      `let lane = ${rows === 1 ? "lid" : lanes === 1 ? "0u" : own[1]};`,
    ];
  }
}

type ColumnRange = { readonly from: string; readonly to: string };

/** Members of a cluster by when they are known. */
class Agenda {
  readonly #unit: Unit;
  readonly #space: RowSpace;
  readonly #passes: RowPasses;

  constructor(unit: Unit, space: RowSpace, passes: RowPasses) {
    this.#unit = unit;
    this.#space = space;
    this.#passes = passes;
  }

  #at(pass: number): readonly Var[] {
    return [...this.#unit.cluster.members].filter((v) => this.#passes.after.get(v) === pass);
  }

  reduced(pass: number): readonly Var[] {
    return this.#at(pass).filter((v) => isReduction(this.#unit.planned, v));
  }

  /** Stored members with a value for each element that are known after a pass. */
  elements(pass: number): readonly Var[] {
    const { stored, planned } = this.#unit;
    return this.#at(pass).filter(
      (v) => stored.has(v) && !isReduction(planned, v) && depthIn(this.#space, v) === "element",
    );
  }

  /** Stored members with a value for each row that are known after a pass. */
  rows(pass: number): readonly Var[] {
    return this.#at(pass).filter(
      (v) => this.#unit.stored.has(v) && depthIn(this.#space, v) === "row",
    );
  }
}

const flopsOf = ({ rows, columns }: RowSpace, writer: RowWriter): number =>
  rows * columns * writer.lines.length;

const whole = (unit: Unit, space: RowSpace, passes: RowPasses, shape: RowShape): Emitted => {
  const writer = new RowWriter(unit, space, shape);
  const agenda = new Agenda(unit, space, passes);
  const range = { from: "lane", to: size(space.columns) };
  writer.rowMembers(agenda.rows(0));
  for (let pass = 1; pass <= passes.count; pass++) {
    writer.pass(agenda.reduced(pass), agenda.elements(pass - 1), range);
    writer.rowMembers(agenda.rows(pass));
  }
  const rest = agenda.elements(passes.count);
  if (rest.length > 0) writer.pass([], rest, range);
  const groups = Math.ceil(space.rows / shape.rows);
  return writer.finish(nameOf(unit), groups, flopsOf(space, writer));
};

/** Storage for what the parts of split rows give: (splits, rows). */
const partialStorage = (reducer: Reducer, size: number): Storage => ({
  element:
    reducer.type === "bool"
      ? "u32"
      : reducer.type === "i32"
        ? "i32"
        : reducer.type === "u32"
          ? "u32"
          : "f32",
  size,
});

const asStored = (value: string, { type }: Reducer): string =>
  type === "bool" ? `select(0u, 1u, ${value})` : value;
const asValue = (stored: string, { type }: Reducer): string =>
  type === "bool" ? `(${stored} != 0u)` : stored;

type Partial = { readonly sum: Sum; readonly storage: Storage };

const firstHalf = (
  unit: Unit,
  space: RowSpace,
  passes: RowPasses,
  shape: RowShape,
): { readonly emitted: Emitted; readonly partials: readonly Partial[] } => {
  const { splits } = shape;
  const writer = new RowWriter(unit, space, shape);
  const agenda = new Agenda(unit, space, passes);
  const length = Math.ceil(space.columns / splits);
  const from = `chunk * ${size(length)}`;
  const to = `min((chunk + 1u) * ${size(length)}, ${size(space.columns)})`;
  const sums = writer.pass(agenda.reduced(1), agenda.elements(0), {
    from: `${from} + lane`,
    to,
  });
  const partials = sums.map((sum) => ({
    sum,
    storage: partialStorage(sum.reducer, splits * space.rows),
  }));
  const isFirst = shape.lanes > 1 ? "lane == 0u" : "true";
  const isRow = shape.rows > 1 && shape.lanes > 1 ? "isRow && " : "";
  for (const { sum, storage } of partials)
    writer.lines.push(
      `if (${isRow}${isFirst}) { ${writer.arrays.nameOf(storage, "write")}[chunk * ${size(space.rows)} + r] = ${asStored(sum.name, sum.reducer)}; }`,
    );
  const groups = Math.ceil(space.rows / shape.rows) * splits;
  return {
    emitted: writer.finish(`${nameOf(unit)}_parts`, groups, flopsOf(space, writer)),
    partials,
  };
};

const secondHalf = (
  unit: Unit,
  space: RowSpace,
  passes: RowPasses,
  partials: readonly Partial[],
  splits: number,
): Emitted => {
  const own = { ...space, columns: splits, trailing: false };
  const shape = { ...rowShapeOf(own, unit.isSoftware, false), splits: 1 };
  const writer = new RowWriter(unit, { ...space, trailing: false }, shape);
  writer.total(partials, splits);
  const agenda = new Agenda(unit, space, passes);
  writer.rowMembers(agenda.rows(0));
  writer.rowMembers(agenda.rows(1));
  return writer.finish(
    `${nameOf(unit)}_total`,
    Math.ceil(space.rows / shape.rows),
    splits * space.rows,
  );
};

/** Reductions over rows with what reads and feeds them; two kernels when rows are split. */
export const rowsKernels = (unit: Unit, space: RowSpace): readonly Emitted[] => {
  const passes = rowPasses(unit.planned, unit.cluster);
  const elements = [...unit.cluster.members].filter((v) => depthIn(space, v) === "element");
  const canSplit =
    passes.count === 1 &&
    elements.every((v) => passes.after.get(v) === 0 || isReduction(unit.planned, v));
  const shape = rowShapeOf(space, unit.isSoftware, canSplit);
  if (shape.splits === 1) return [whole(unit, space, passes, shape)];
  const { emitted, partials } = firstHalf(unit, space, passes, shape);
  const total = secondHalf(unit, space, passes, partials, shape.splits);
  // sums of whole arrays go together with others
  if (space.rows > 1) return [emitted, total];
  return [
    { ...emitted, sum: "part" },
    { ...total, sum: "sum" },
  ];
};
