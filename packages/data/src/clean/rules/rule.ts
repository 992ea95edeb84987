/** A rule that takes a whole text or leaves it. */
export type KeepRule = {
  /** What reports call it. */
  readonly name: string;
  readonly keep: (text: string) => boolean;
};

/** A rule that changes a text. */
export type EditRule = { readonly name: string; readonly edit: (text: string) => string };

/**
 * One step of cleaning. A list of rules is a rule program: lists under concatenation are a monoid with `[]` as its identity, and
 * `applyRules` maps it to functions under composition.
 */
export type Rule = KeepRule | EditRule;

/** What became of a text: the cleaned text, or the name of the rule that took it out. */
export type Cleaned =
  | { readonly kept: true; readonly text: string }
  | { readonly kept: false; readonly by: string };

/**
 * Applies the rules one after another, up to the first that rejects.
 *
 * ```ts doctest
 * import { applyRules } from "@adjoint/data";
 * const rules = [
 *   { name: "trim", edit: (text: string) => text.trim() },
 *   { name: "empty", keep: (text: string) => text !== "" },
 * ];
 * applyRules(" a ", rules); // => { kept: true, text: "a" }
 * applyRules("   ", rules); // => { kept: false, by: "empty" }
 * ```
 */
export const applyRules = (text: string, rules: readonly Rule[]): Cleaned => {
  let current = text;
  for (const rule of rules) {
    if ("edit" in rule) current = rule.edit(current);
    else if (!rule.keep(current)) return { kept: false, by: rule.name };
  }
  return { kept: true, text: current };
};
