import type { KernelReport, OperandReport, Report, StepReport } from "./report.ts";
import { columns, short, shortBytes } from "./units.ts";

const head = [
  "kernel",
  "reads -> writes",
  "grid x workgroup",
  "invocations",
  "flops",
  "bytes",
  "flops/B",
];

const arrayText = ({ element, shape, elements }: OperandReport): string =>
  `${element}[${shape?.join() ?? elements}]`;

/** Most arrays that are shown one by one. */
const shown = 4;

const arraysText = (list: readonly OperandReport[]): string => {
  const texts = list.map(arrayText);
  if (texts.length <= shown) return texts.join(" ");
  return [...texts.slice(0, shown - 1), `and ${texts.length - shown + 1} more`].join(" ");
};

const gridText = (kernel: KernelReport): string => {
  const [x, y, z] = kernel.grid;
  const grid = z > 1 ? `${x},${y},${z}` : y > 1 ? `${x},${y}` : String(x);
  return `${grid} x ${kernel.workgroup}`;
};

const kernelRow = (kernel: KernelReport, indent: string): readonly string[] => {
  const reads = kernel.operands.filter(({ access }) => access !== "write");
  const writes = kernel.operands.filter(({ access }) => access !== "read");
  return [
    `${indent}${kernel.name}`,
    `${arraysText(reads)} -> ${arraysText(writes)}`,
    gridText(kernel),
    short(kernel.invocations),
    short(kernel.flops),
    shortBytes(kernel.bytes),
    kernel.intensity.toPrecision(2),
  ];
};

const rowsOf = (steps: readonly StepReport[], indent: string): readonly (readonly string[])[] =>
  steps.flatMap((step) => {
    if (step.kind === "kernel") return [kernelRow(step.kernel, indent)];
    if (step.kind === "host") return [[`${indent}${step.name} on the host`]];
    const turns = step.turns === undefined ? "as often as data says" : `${step.turns} times`;
    return [[`${indent}${step.name}, ${turns}:`], ...rowsOf(step.steps, `${indent}  `)];
  });

const plural = (n: number, word: string): string =>
  `${n} ${word}${n === 1 ? "" : word.endsWith("h") ? "es" : "s"}`;

/** A report as a table with the totals below. */
export const reportText = ({ name, steps, totals }: Report): string => {
  const { flops, bytes, peakBytes } = totals;
  const parts = [
    ["inputs", totals.inputBytes],
    ["constants", totals.constantBytes],
    ["results", totals.resultBytes],
    ["state in place", totals.stateBytes],
    ["scratch", totals.scratchBytes],
  ] as const;
  const memory = parts.map(([part, size]) => `${part} ${shortBytes(size)}`).join(", ");
  const counts = [
    plural(totals.kernels, "kernel"),
    plural(totals.dispatches, "dispatch"),
    plural(totals.submits, "submit"),
    `${plural(totals.pipelines, "pipeline")} to compile`,
  ];
  return [
    name,
    columns([head, ...rowsOf(steps, "")], [0, 1, 2]),
    counts.join(", "),
    `${short(flops)} flops, ${shortBytes(bytes)} moved`,
    `memory ${shortBytes(peakBytes)}: ${memory}`,
  ].join("\n");
};
