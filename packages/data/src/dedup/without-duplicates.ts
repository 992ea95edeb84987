import type { Dataset } from "../dataset/dataset.ts";
import { checkDataset } from "../dataset/internal/settings.ts";
import type { OpenDuplicateFilter } from "./duplicate-filter.ts";
import type { PassageFilter } from "./duplicate-passages.ts";
import { replayed } from "./internal/replayed.ts";

/**
 * A dataset without the items whose text the filter has met before; `text` takes it from an item that is more than its text. The state is
 * small; to go on from one, the items before it are read and remembered again. Where that costs too much, use the filter itself and keep
 * its own state.
 *
 * ```ts doctest
 * import { collect, exactDuplicates, fromArray, pipe, withoutDuplicates } from "@adjoint/data";
 * await collect(pipe(fromArray(["a", "b", "a"]), withoutDuplicates(exactDuplicates()))); // => ["a", "b"]
 * ```
 */
export function withoutDuplicates(
  open: OpenDuplicateFilter,
): (dataset: Dataset<string>) => Dataset<string>;
export function withoutDuplicates<A>(
  open: OpenDuplicateFilter,
  text: (item: A) => string,
): (dataset: Dataset<A>) => Dataset<A>;
export function withoutDuplicates<A>(
  open: OpenDuplicateFilter,
  text: (item: A) => string = String,
): (dataset: Dataset<A>) => Dataset<A> {
  return (dataset) => {
    checkDataset("withoutDuplicates", dataset);
    return replayed("withoutDuplicates", dataset, () => {
      const { isDuplicate } = open();
      return (item) => (isDuplicate(text(item)) ? [] : [item]);
    });
  };
}

/**
 * A dataset of texts without the lines or paragraphs that came before, and without the texts of which nothing is left. It goes on from a
 * state as `withoutDuplicates` does.
 */
export const withoutPassages =
  (open: () => PassageFilter): ((dataset: Dataset<string>) => Dataset<string>) =>
  (dataset) => {
    checkDataset("withoutPassages", dataset);
    return replayed("withoutPassages", dataset, () => {
      const { edit } = open();
      return (text) => {
        const edited = edit(text);
        return edited.trim() === "" && text.trim() !== "" ? [] : [edited];
      };
    });
  };
