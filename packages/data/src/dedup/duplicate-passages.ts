import { digest } from "../hash/internal/digest.ts";
import type { DatasetState } from "../dataset/dataset.ts";
import { comparableText } from "./comparable-text.ts";
import { type KeyMemory, openKeySet } from "./key-set.ts";

/** Settings of `duplicatePassages`. */
export type PassageOptions = {
  /** What is compared: a line (default), or a paragraph, which ends at an empty line. */
  readonly unit?: "line" | "paragraph";
  /** Passages of fewer code units (of the comparable text) stay whatever they are; default 20. */
  readonly minLength?: number;
  /** "exact" (default), or a Bloom filter of fixed size. */
  readonly memory?: KeyMemory;
  /** What is compared; default `comparableText`. */
  readonly comparable?: (text: string) => string;
};

/** Remembers passages and takes out of texts the ones that came before, in the same text or an earlier one. */
export type PassageFilter = {
  readonly edit: (text: string) => string;
  readonly state: () => DatasetState;
};

/**
 * Makes a filter that removes repeated lines or paragraphs, keeping the first: navigation, notices and quotations that many documents
 * share. Passages that stay keep their order and the line ends before them. Throws ArgumentError for bad settings, DatasetStateError for a foreign state.
 * @see https://arxiv.org/abs/1911.00359
 *
 * ```ts doctest
 * import { duplicatePassages } from "@adjoint/data";
 * const { edit } = duplicatePassages()();
 * edit("All rights are reserved by us.\nHello."); // => "All rights are reserved by us.\nHello."
 * edit("All rights are reserved by us!\nGoodbye."); // => "Goodbye."
 * ```
 */
export const duplicatePassages =
  (options: PassageOptions = {}): ((state?: DatasetState) => PassageFilter) =>
  (state) => {
    const {
      unit = "line",
      minLength = 20,
      memory = "exact",
      comparable = comparableText,
    } = options;
    const keys = openKeySet("duplicatePassages", memory, state);
    const separator = unit === "line" ? /(\n)/ : /(\n\s*\n)/;
    const isNew = (passage: string): boolean => {
      const compared = comparable(passage);
      return compared.length < minLength || keys.add(digest(compared));
    };
    const edit = (text: string): string => {
      const parts = text.split(separator);
      const kept: string[] = [];
      for (let i = 0; i < parts.length; i += 2) {
        const passage = parts[i] ?? "";
        if (!isNew(passage)) continue;
        if (kept.length > 0) kept.push(parts[i - 1] ?? "");
        kept.push(passage);
      }
      return kept.join("");
    };
    return { edit, state: keys.state };
  };
