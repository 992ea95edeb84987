import { wholeNumber } from "../dataset/internal/settings.ts";
import { errorHandler, type OnError } from "./on-error.ts";
import type { DataError } from "../errors.ts";

/** What readers of texts have in common. */
export type TextOptions = {
  /** Rows of more bytes are errors, so that memory is bounded; 16 MiB when absent. */
  readonly maxRowBytes?: number;
  /** What becomes of bytes that are not UTF-8: "error" (when absent), or "replace" by U+FFFD as browsers do. */
  readonly invalid?: "error" | "replace";
  /** What becomes of bad rows; "throw" when absent. */
  readonly onError?: OnError;
};

/** Text options with everything in its place. */
export type TextSettings = {
  readonly operation: string;
  readonly maxRowBytes: number;
  readonly invalid: "error" | "replace";
  readonly report: (error: DataError) => void;
  /** Whether a bad row ends the reading. */
  readonly throws: boolean;
};

/** Checks options, and fills in what is absent. */
export const textSettings = (
  operation: string,
  { maxRowBytes = 2 ** 24, invalid = "error", onError = "throw" }: TextOptions,
): TextSettings => ({
  operation,
  maxRowBytes: wholeNumber(operation, "maxRowBytes", maxRowBytes, 1),
  invalid,
  report: errorHandler(operation, onError),
  throws: onError === "throw",
});
