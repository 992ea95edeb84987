import { DatasetStateError } from "../../errors.ts";
import type { DatasetState } from "../../dataset/dataset.ts";
import { addReports, type CleaningReport, emptyReport, reportRules } from "./cleaning-report.ts";
import type { Rule } from "./rule.ts";

/** Cleans texts and counts what its rules do. */
export type Cleaner = {
  /** The cleaned text, or undefined when a rule took it out. */
  readonly clean: (text: string) => string | undefined;
  /** What happened so far. */
  readonly report: () => CleaningReport;
  /** The same, as a state to go on from. */
  readonly state: () => DatasetState;
};

const isCount = (value: unknown): boolean => typeof value === "number" && value >= 0;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const hasFlow = (value: unknown): boolean =>
  isRecord(value) &&
  ["documentsIn", "documentsOut", "bytesIn", "bytesOut"].every((key) => isCount(value[key]));

const isRuleCount = (value: unknown): boolean =>
  hasFlow(value) &&
  isRecord(value) &&
  typeof value["name"] === "string" &&
  isCount(value["edited"]);

const isReport = (value: unknown): value is CleaningReport =>
  hasFlow(value) &&
  isRecord(value) &&
  Array.isArray(value["rules"]) &&
  value["rules"].every(isRuleCount);

/** The report in a state of `cleaner`; the empty one for no state. Throws DatasetStateError for anything else. */
export const savedReport = (state: DatasetState | undefined): CleaningReport => {
  if (state === undefined || state === null) return emptyReport;
  if (isReport(state)) return state;
  const rule = "the state must be one that a cleaner gave";
  throw new DatasetStateError({ operation: "cleaner", rule, got: typeof state });
};

/**
 * Makes a cleaner of these rules, new or going on from `state`. Throws DatasetStateError for a foreign state.
 *
 * ```ts doctest
 * import { cleaner } from "@adjoint/data";
 * const { clean, report } = cleaner([{ name: "empty", keep: (text) => text !== "" }])();
 * ["a", "", "b"].map(clean); // => ["a", undefined, "b"]
 * report().rules[0]?.documentsOut; // => 2
 * ```
 */
export const cleaner =
  (rules: readonly Rule[]): ((state?: DatasetState) => Cleaner) =>
  (state) => {
    let total = savedReport(state);
    const clean = (text: string): string | undefined => {
      const { text: cleaned, report } = reportRules(text, rules);
      total = addReports(total, report);
      return cleaned;
    };
    return {
      clean,
      report: () => total,
      state: () => ({ ...total, rules: total.rules.map((rule) => ({ ...rule })) }),
    };
  };
