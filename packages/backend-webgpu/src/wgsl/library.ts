import { bits } from "./functions/bits.ts";
import { comparison } from "./functions/comparison.ts";
import { errorFunction } from "./functions/error-function.ts";
import { exponential } from "./functions/exponential.ts";
import { half } from "./functions/half.ts";
import { hyperbolic } from "./functions/hyperbolic.ts";
import { integer } from "./functions/integer.ts";
import { inverseTrigonometric } from "./functions/inverse-trigonometric.ts";
import { logarithm } from "./functions/logarithm.ts";
import { power } from "./functions/power.ts";
import { threefry } from "./functions/threefry.ts";
import { trigonometric } from "./functions/trigonometric.ts";

/** Source of every library function and structure by name; names begin with `adj_`. */
const functions: ReadonlyMap<string, string> = new Map(
  [
    bits,
    comparison,
    half,
    integer,
    threefry,
    exponential,
    logarithm,
    power,
    trigonometric,
    inverseTrigonometric,
    hyperbolic,
    errorFunction,
  ].flatMap((group) => Object.entries(group)),
);

/** Names of the library functions that WGSL text uses, each once. */
export const libraryIn = (code: string): readonly string[] =>
  [...new Set([...code.matchAll(/\badj_\w+/g)].map(([name]) => name))].filter((name) =>
    functions.has(name),
  );

/** WGSL source of the library functions named, with what they call, each once, callees first; other names are skipped. */
export const libraryOf = (names: Iterable<string>): string => {
  const found = new Map<string, string>();
  const visit = (name: string): void => {
    const source = functions.get(name);
    if (source === undefined || found.has(name)) return;
    for (const callee of libraryIn(source)) if (callee !== name) visit(callee);
    found.set(name, source);
  };
  for (const name of names) visit(name);
  return [...found.values()].join("\n");
};
