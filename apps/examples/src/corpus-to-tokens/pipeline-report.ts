import type { CleaningReport } from "@adjoint/data";
import type { PipelineOptions } from "./pipeline-options.ts";
import type { PipelineState } from "./pipeline-state.ts";
import type { TokenCounts } from "./write-tokens.ts";

/** What one step took in and gave out. */
export type ReportStep = {
  readonly step: string;
  readonly documentsIn: number;
  readonly documentsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Documents that came out changed. */
  readonly edited: number;
};

/** What a run did, over all its starts. */
export type PipelineReport = {
  readonly files: number;
  /** Files and rows that could not be read. */
  readonly bad: number;
  readonly steps: readonly ReportStep[];
  readonly train: TokenCounts;
  readonly validation: TokenCounts;
  readonly bytesPerToken: number;
  readonly seconds: PipelineState["seconds"];
  readonly metadata: Readonly<Record<string, string>>;
};

/** Puts a report together from what the stages counted. */
export const reportOf = (
  state: PipelineState,
  cleaning: CleaningReport,
  { train, validation }: { readonly train: TokenCounts; readonly validation: TokenCounts },
  options: PipelineOptions,
): PipelineReport => ({
  files: state.files,
  bad: state.bad,
  steps: [
    {
      step: "read",
      documentsIn: cleaning.documentsIn,
      documentsOut: cleaning.documentsIn,
      bytesIn: state.rawBytes,
      bytesOut: cleaning.bytesIn,
      edited: 0,
    },
    ...cleaning.rules.map(({ name, ...counts }) => ({ step: name, ...counts })),
    { step: "in all", ...totalOf(cleaning), bytesIn: state.rawBytes },
  ],
  train,
  validation,
  bytesPerToken: cleaning.bytesOut / Math.max(1, train.tokens + validation.tokens),
  seconds: state.seconds,
  metadata: options.metadata,
});

const totalOf = (cleaning: CleaningReport): Omit<ReportStep, "step"> => {
  const { documentsIn, documentsOut, bytesIn, bytesOut } = cleaning;
  return { documentsIn, documentsOut, bytesIn, bytesOut, edited: 0 };
};

const mega = (bytes: number): string => (bytes / 1e6).toFixed(2);
const count = (n: number): string => n.toLocaleString("en-US");

const cells = ({ step, ...counts }: ReportStep): readonly string[] => [
  step,
  count(counts.documentsIn),
  count(counts.documentsOut),
  count(counts.documentsIn - counts.documentsOut),
  count(counts.edited),
  mega(counts.bytesIn),
  mega(counts.bytesOut),
];

const head = ["step", "documents in", "out", "removed", "edited", "MB in", "MB out"];

/** The steps as a Markdown table with aligned columns. */
const table = (steps: readonly ReportStep[]): string => {
  const rows = [head, ...steps.map((step) => cells(step))];
  const widths = head.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.slice(1).map((row) => line(row))].join("\n");
};

/** A report for people, as Markdown. */
export const formatReport = (report: PipelineReport): string => {
  const { files, bad, train, validation, seconds } = report;
  const tokens = train.tokens + validation.tokens;
  const telling = report.steps.filter(
    ({ bytesIn, bytesOut, documentsIn, documentsOut }) =>
      bytesIn !== bytesOut || documentsIn !== documentsOut,
  );
  return [
    table(telling),
    "",
    `Left out of the table: ${report.steps.length - telling.length} steps that found nothing. ` +
      `${count(files)} files read, ${count(bad)} files or rows unreadable. ${count(tokens)} tokens ` +
      `(${report.bytesPerToken.toFixed(2)} bytes each): ${count(train.tokens)} of ${count(train.documents)} documents ` +
      `to train, ${count(validation.tokens)} of ${count(validation.documents)} to validate.`,
    `Seconds: ${seconds.clean.toFixed(1)} to read, clean and de-duplicate, ${seconds.tokenizer.toFixed(1)} to train the ` +
      `tokenizer, ${seconds.tokens.toFixed(1)} to write tokens.`,
  ].join("\n");
};
