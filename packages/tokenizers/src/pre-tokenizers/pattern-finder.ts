import { toJsRegex } from "../regex/to-js-regex.ts";
import { scannerOf } from "../scanners/scanner-of.ts";
import { unitsOf } from "../scanners/units-of.ts";
import type { Scanner } from "../scanners/scanner.ts";
import type { PatternSpec } from "../spec/pattern.ts";
import { type Finder, literalFinder, regexFinder } from "../text/matches.ts";

const scannerFinder =
  (scan: Scanner): Finder =>
  (text, visit) => {
    const units = unitsOf(text);
    for (let start = 0; start < text.length;) {
      const end = scan(units, start, text.length);
      visit(start, end, true);
      start = end;
    }
  };

/**
 * Finds the pattern of a `Split` or `Replace`: by a scanner where there is one, else by a regular expression. Throws
 * RegexError for what JavaScript cannot say.
 */
export const patternFinder = (pattern: PatternSpec): Finder => {
  if ("text" in pattern)
    return pattern.text === "" ? regexFinder(/(?:)/gu) : literalFinder(pattern.text);
  const scan = scannerOf(pattern.regex);
  return scan === undefined ? regexFinder(toJsRegex(pattern.regex)) : scannerFinder(scan);
};
