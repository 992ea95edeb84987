import { type DType, sizeOf, type Var } from "@adjoint/core/backend";
import type { KernelAxes, KernelProgram, KernelStep, KernelType } from "../wasm/kernel-program.ts";
import { type ThreefryArguments, threefrySteps } from "../wasm/threefry-steps.ts";
import { renumberStep } from "../internal/renumber-step.ts";
import { axesIn, type Loops } from "./loops.ts";
import { unsupported } from "./unsupported.ts";
import { isDense, type View } from "./view.ts";

/** What an equation reads: elements in memory, or one number everywhere. */
export type Operand =
  | { readonly kind: "view"; readonly view: View }
  | { readonly kind: "number"; readonly value: number; readonly dtype: DType };

/** One value a row, one an element, or a sum that is complete only when the kernel ends. */
export type Extent = "whole" | "row" | "sum";

/** A value of a kernel: its number there and how it varies. */
export type Result = { readonly id: number; readonly extent: Extent; readonly axes: KernelAxes };

/** An array that a kernel reads. */
export type GroupInput = {
  readonly base: Var;
  readonly offset: number;
  readonly dtype: KernelType;
  readonly axes: KernelAxes;
};

export const wholeAxes: KernelAxes = { blocks: true, rows: true, columns: true };
const rowAxes: KernelAxes = { blocks: true, rows: true, columns: false };

/** The kernel type of a dtype; throws UnsupportedError for those that kernels do not compute in. */
export const typeOf = (dtype: string): KernelType =>
  dtype === "float32" || dtype === "int32" || dtype === "uint32" || dtype === "bool"
    ? dtype
    : unsupported(dtype);

const sameAxes = (a: KernelAxes, b: KernelAxes, [blocks, rows, columns]: Loops): boolean =>
  (blocks === 1 || a.blocks === b.blocks) &&
  (rows === 1 || a.rows === b.rows) &&
  (columns === 1 || a.columns === b.columns);

/** Equations that one kernel computes in one pass over memory. Inputs have negative numbers until it is finished. */
export class KernelGroup {
  readonly loops: Loops;
  readonly inputs: GroupInput[] = [];
  readonly steps: KernelStep[] = [];
  readonly values: Map<Var, Result> = new Map();
  #randomSteps = 0;
  readonly #known = new Map<string, number>();

  constructor(loops: Loops) {
    this.loops = loops;
  }

  /** Steps, without those of random words. */
  get length(): number {
    return this.steps.length - this.#randomSteps;
  }

  /** Whether it draws random words: it does so once, while reductions go over their row again. */
  get isRandom(): boolean {
    return this.#randomSteps > 0;
  }

  /** Adds the steps of random words; gives the numbers of both. */
  draw(args: ThreefryArguments): readonly [number, number] {
    const before = this.steps.length;
    const words = threefrySteps((step) => this.add(step), args);
    this.#randomSteps += this.steps.length - before;
    return words;
  }

  /** Adds a step, once. */
  add(step: KernelStep): number {
    const key = JSON.stringify(step, (_, v: unknown) =>
      typeof v === "number" ? (Object.is(v, -0) ? "-0" : String(v)) : v,
    );
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const id = this.steps.push(step) - 1;
    this.#known.set(key, id);
    return id;
  }

  constant(value: number, dtype: KernelType = "float32"): number {
    return this.add({ op: "constant", dtype, value });
  }

  /** How an equation with a result of `size` elements runs here; undefined when it does not. */
  extentOf(size: number): "whole" | "row" | undefined {
    const [blocks, rows, columns] = this.loops;
    if (size === blocks * rows * columns) return "whole";
    return size === blocks * rows ? "row" : undefined;
  }

  axesOf(extent: "whole" | "row"): KernelAxes {
    return extent === "whole" ? wholeAxes : rowAxes;
  }

  /** The number of an operand, already in the shape of the equation; undefined when it cannot be read here. */
  read(operand: Operand, extent: "whole" | "row"): number | undefined {
    if (operand.kind === "number") return this.constant(operand.value, typeOf(operand.dtype));
    const [blocks, rows] = this.loops;
    const loops = extent === "whole" ? this.loops : ([blocks, rows, 1] as const);
    const { view } = operand;
    const axes = this.#isWhole(view) ? wholeAxes : axesIn(view, loops);
    if (axes === undefined) return undefined;
    const made = this.values.get(view.base);
    const read = extent === "whole" ? axes : { ...axes, columns: false };
    if (made !== undefined)
      return made.extent !== "sum" && sameAxes(read, made.axes, this.loops) && view.offset === 0
        ? made.id
        : undefined;
    return this.input({
      base: view.base,
      offset: view.offset,
      dtype: typeOf(view.base.aval.dtype),
      axes: read,
    });
  }

  /** Whether a view holds an element for each round of the loops, in their order, whatever its axes are. */
  #isWhole(view: View): boolean {
    return isDense(view) && this.extentOf(sizeOf(view.shape)) === "whole";
  }

  input(input: GroupInput): number {
    const known = this.inputs.findIndex(
      (i) =>
        i.base === input.base &&
        i.offset === input.offset &&
        sameAxes(i.axes, input.axes, [2, 2, 2]),
    );
    return known >= 0 ? -1 - known : -this.inputs.push(input);
  }

  /** The kernel that writes `outputs`, and the arrays it reads. */
  finish(outputs: readonly Var[]): {
    readonly program: KernelProgram;
    readonly inputs: readonly GroupInput[];
  } {
    const made = outputs.map(
      (v) => this.values.get(v) ?? unsupported("an output that is not made"),
    );
    const used = new Set<number>();
    const visit = (id: number): void => {
      if (used.has(id)) return;
      used.add(id);
      const step = this.steps[id];
      if (id >= 0 && step !== undefined && "args" in step) step.args.forEach(visit);
    };
    for (const { id } of made) visit(id);
    const inputIds = [...used].filter((id) => id < 0).sort((a, b) => b - a);
    const stepIds = [...used].filter((id) => id >= 0).sort((a, b) => a - b);
    const numbers = new Map([...inputIds, ...stepIds].map((id, i) => [id, i]));
    const number = (id: number): number => numbers.get(id) ?? 0;
    const inputs = inputIds.flatMap((id) => this.inputs[-1 - id] ?? []);
    const steps = stepIds
      .flatMap((id) => this.steps[id] ?? [])
      .map((step) => ("args" in step ? renumberStep(step, step.args.map(number)) : step));
    const program: KernelProgram = {
      inputs: inputs.map(({ dtype, axes }) => ({ dtype, axes })),
      steps,
      outputs: made.map(({ id, axes }) => ({ value: number(id), axes })),
    };
    return { program, inputs };
  }
}
