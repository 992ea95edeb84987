import { createDataset, type Step } from "../../dataset/create-dataset.ts";
import type { Dataset, DatasetIterator, DatasetState } from "../../dataset/dataset.ts";
import { stateBelow, stateFields } from "../../dataset/internal/read-state.ts";
import { checkDataset } from "../../dataset/internal/settings.ts";
import { cleaner, type Cleaner } from "./cleaner.ts";
import type { CleaningReport } from "./cleaning-report.ts";
import type { Rule } from "./rule.ts";

/** Where the text of an item is. */
export type TextField<A> = {
  readonly get: (item: A) => string;
  /** The item with another text. */
  readonly set: (item: A, text: string) => A;
};

/** Settings of `cleanDataset`. */
export type CleanDatasetOptions = {
  /** Told after every document what happened so far, from the start of the dataset on. */
  readonly onReport?: (report: CleaningReport) => void;
};

async function* cleanedSteps<A>(
  upstream: DatasetIterator<A>,
  { clean, report, state }: Cleaner,
  { get, set }: TextField<A>,
  onReport: (report: CleaningReport) => void,
): AsyncGenerator<Step<A>> {
  for await (const item of upstream) {
    const before = get(item);
    const text = clean(before);
    onReport(report());
    if (text === undefined) continue;
    yield {
      value: text === before ? item : set(item, text),
      state: { of: upstream.state(), report: state() },
    };
  }
}

/**
 * A dataset of items whose texts went through the rules, without those that a rule took out. The report is part of the state, so it goes on
 * with the dataset.
 */
export const cleanDataset =
  <A>(
    rules: readonly Rule[],
    field: TextField<A>,
    { onReport = () => {} }: CleanDatasetOptions = {},
  ): ((dataset: Dataset<A>) => Dataset<A>) =>
  (dataset) => {
    checkDataset("cleanDataset", dataset);
    return createDataset((state: DatasetState) => {
      const fields = stateFields("cleanDataset", state);
      const opened = cleaner(rules)(stateBelow("cleanDataset", fields, "report"));
      const upstream = dataset.open(stateBelow("cleanDataset", fields, "of"));
      return cleanedSteps(upstream, opened, field, onReport);
    });
  };

/**
 * `cleanDataset` for items that are texts.
 *
 * ```ts doctest
 * import { cleanTexts, collect, fromArray, pipe } from "@adjoint/data";
 * const rules = [{ name: "long", keep: (text: string) => text.length > 1 }];
 * let removed = 0;
 * const onReport = (report: { documentsIn: number; documentsOut: number }) => {
 *   removed = report.documentsIn - report.documentsOut;
 * };
 * await collect(pipe(fromArray(["ab", "c"]), cleanTexts(rules, { onReport }))); // => ["ab"]
 * removed; // => 1
 * ```
 */
export const cleanTexts = (
  rules: readonly Rule[],
  options: CleanDatasetOptions = {},
): ((dataset: Dataset<string>) => Dataset<string>) =>
  cleanDataset<string>(rules, { get: (text) => text, set: (_, text) => text }, options);
