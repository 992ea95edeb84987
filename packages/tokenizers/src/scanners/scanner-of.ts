import type { Scanner } from "./scanner.ts";

/** The scanner of a well-known split pattern, undefined for patterns that have none: those need a regular expression. */
export const scannerOf = (regex: string): Scanner | undefined => known.get(regex);

const known: ReadonlyMap<string, Scanner> = new Map();
