import type { DatasetState } from "../dataset/dataset.ts";

/** Remembers texts and tells whether one came before. */
export type DuplicateFilter = {
  /** Whether `text` is a duplicate of an earlier one; when it is none, it is remembered. */
  readonly isDuplicate: (text: string) => boolean;
  /** All that it remembers, for going on later; its size grows with that. */
  readonly state: () => DatasetState;
};

/** Makes a filter that knows nothing, or what `state` says. Throws DatasetStateError for a state that is not from the same settings. */
export type OpenDuplicateFilter = (state?: DatasetState) => DuplicateFilter;
