import type { Storage } from "../emit/arrays.ts";
import type { Emitted } from "../emit/emitted.ts";
import { withNumbers } from "../kernel/shape-marks.ts";
import { bytesOf, type Memory } from "../plan/memory.ts";
import type { Program } from "../plan/program.ts";
import { type GroupStep, isKernels, type KernelStep, type Step } from "../plan/step.ts";
import { bindStep } from "../run/bind-step.ts";
import type { BoundKernel } from "../run/bound-kernel.ts";
import type { Runtime } from "../run/runtime.ts";
import { formatWgsl } from "./format-wgsl.ts";
import {
  type KernelReport,
  kernelsIn,
  type OperandReport,
  Report,
  type ReportTotals,
  type StepReport,
} from "./report.ts";

/** A step that is reported, with how often its loop turns. */
type Source = {
  readonly program: Program;
  readonly turns: number;
  readonly kernels: BoundKernel[];
};

const placeOf = (storage: Storage, { places }: Memory, isNested: boolean): string => {
  const place = places.get(storage);
  if (place === undefined) return "nowhere";
  const isMemory = place.kind === "scratch" || place.kind === "state";
  const text = isMemory ? place.kind : `${place.kind} ${place.index}`;
  return isNested && !isMemory ? `${text} of the loop` : text;
};

const operandsOf = (
  { kernel, storages }: Emitted,
  { program }: Source,
  prefix: string,
): readonly OperandReport[] =>
  kernel.operands.flatMap(({ name, element, access }, i) => {
    const storage = storages[i];
    if (storage === undefined) return [];
    const { shape, size: elements } = storage;
    const place = placeOf(storage, program.memory, program.isNested);
    return [{ name: `${prefix}${name}`, element, shape, elements, access, place }];
  });

/** Invocations of a workgroup, from the attribute of the entry point. */
const workgroupOf = (module: string): number => {
  const [, sizes = "1"] = /@workgroup_size\(([^)]*)\)/.exec(module) ?? [];
  return sizes.split(",").reduce((n, text) => n * Number.parseInt(text, 10), 1);
};

const commentOf = (name: string, operands: readonly OperandReport[]): string => {
  const line = ({ name: own, element, shape, elements, access, place }: OperandReport): string =>
    `//   ${own}: ${element}[${shape?.join(", ") ?? elements}], ${access}, ${place}`;
  return [`// ${name}`, ...operands.map(line)].join("\n");
};

const kernelReport = (
  bound: BoundKernel,
  operands: readonly OperandReport[],
  { turns }: Source,
): KernelReport => {
  const { name, module, grid, flops, bytes } = bound;
  const workgroup = workgroupOf(module);
  return {
    name,
    operands,
    grid,
    workgroup,
    invocations: grid[0] * grid[1] * grid[2] * workgroup,
    flops,
    bytes,
    intensity: bytes === 0 ? 0 : flops / bytes,
    turns,
    wgsl: `${commentOf(name, operands)}\n${formatWgsl(withNumbers(module))}\n`,
  };
};

const kernelSteps = (
  step: KernelStep | GroupStep,
  source: Source,
  { device }: Runtime,
): readonly StepReport[] =>
  bindStep(step, source.program, device.profile).map(({ bound, members }) => {
    source.kernels.push(bound);
    const prefix = ({ kernel }: Emitted): string => (members.length > 1 ? `${kernel.name}.` : "");
    const operands = members.flatMap((member) => operandsOf(member, source, prefix(member)));
    return { kind: "kernel", kernel: kernelReport(bound, operands, source) };
  });

/** How often a run waits for the GPU. */
type Waits = { count: number };

const stepsOf = (source: Source, runtime: Runtime, waits: Waits): readonly StepReport[] =>
  source.program.steps.flatMap((step) => stepReports(step, source, runtime, waits));

const stepReports = (
  step: Step,
  source: Source,
  runtime: Runtime,
  waits: Waits,
): readonly StepReport[] => {
  if (isKernels(step)) return kernelSteps(step, source, runtime);
  const nested = (program: Program, turns = 1): readonly StepReport[] =>
    stepsOf({ ...source, program, turns: source.turns * turns }, runtime, waits);
  switch (step.kind) {
    case "host":
      waits.count += source.turns;
      return [{ kind: "host", name: step.eqn.primitive.name }];
    case "scan": {
      const { length, body } = step;
      return [{ kind: "loop", name: "scan", turns: length, steps: nested(body, length) }];
    }
    case "while":
      waits.count += source.turns;
      return [
        { kind: "loop", name: "while condition", turns: undefined, steps: nested(step.condition) },
        { kind: "loop", name: "while", turns: undefined, steps: nested(step.body) },
      ];
    case "branch":
      waits.count += source.turns;
      return step.branches.map((branch) => ({
        kind: "loop",
        name: "branch",
        turns: undefined,
        steps: nested(branch),
      }));
  }
};

const sizeOf = (storages: readonly Storage[]): number =>
  storages.reduce((n, storage) => n + bytesOf(storage), 0);

const constantBytes = (program: Program): number =>
  sizeOf(program.constants.map((c) => c.storage)) +
  program.steps.reduce(
    (n, step) => n + nestedIn(step).reduce((m, p) => m + constantBytes(p), 0),
    0,
  );

const nestedIn = (step: Step): readonly Program[] => {
  if (step.kind === "scan") return [step.body];
  if (step.kind === "while") return [step.condition, step.body];
  return step.kind === "branch" ? step.branches : [];
};

const memoryOf = (program: Program) => {
  const { inputs, results, memory } = program;
  const { stateBytes, scratchBytes, stateInputs, places } = memory;
  const made = results.flatMap((r) => (r.kind === "storage" ? [r.storage] : []));
  const parts = {
    inputBytes: sizeOf(inputs.filter((_, i) => !stateInputs.has(i))),
    constantBytes: constantBytes(program),
    resultBytes: sizeOf(made.filter((storage) => places.get(storage)?.kind !== "state")),
    stateBytes,
    scratchBytes,
  };
  return { ...parts, peakBytes: Object.values(parts).reduce((n, bytes) => n + bytes, 0) };
};

const totalsOf = (
  program: Program,
  steps: readonly StepReport[],
  bound: readonly BoundKernel[],
  runtime: Runtime,
  waits: number,
): ReportTotals => {
  const kernels = kernelsIn(steps);
  const sum = (of: (k: KernelReport) => number): number =>
    kernels.reduce((n, k) => n + k.turns * of(k), 0);
  return {
    kernels: kernels.length,
    dispatches: sum(() => 1),
    submits: 1 + waits,
    pipelines: runtime.pipelines.missing(bound).size,
    flops: sum((k) => k.flops),
    bytes: sum((k) => k.bytes),
    ...memoryOf(program),
  };
};

/** What a program does on a device. */
export const programReport = (program: Program, runtime: Runtime): Report => {
  const waits: Waits = { count: 0 };
  const source: Source = { program, turns: 1, kernels: [] };
  const steps = stepsOf(source, runtime, waits);
  return new Report(
    program.name,
    steps,
    totalsOf(program, steps, source.kernels, runtime, waits.count),
  );
};
