import { checkAmbiguity } from "./ambiguity.ts";
import { parseRegex } from "./parse-regex.ts";
import { RegexError } from "./regex-error.ts";
import type { RegexNode } from "./regex-node.ts";

const backreferences = (node: RegexNode, found: Set<string>): Set<string> => {
  if (node.kind === "backreference") found.add(node.name);
  if (node.kind === "sequence") for (const item of node.items) backreferences(item, found);
  if (node.kind === "choice") for (const option of node.options) backreferences(option, found);
  if ("body" in node) backreferences(node.body, found);
  return found;
};

const quantifier = (min: number, max: number): string => {
  if (min === 0 && max === 1) return "?";
  if (max === Infinity) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  return min === max ? `{${min}}` : `{${min},${max}}`;
};

/** A look-ahead is never gone back into: what it captured is then taken as it is. */
const atomic = (body: string, number: number): string =>
  `(?:(?=(?<atomic${number}>${body}))\\k<atomic${number}>)`;

const emitter = (referred: ReadonlySet<string>): ((node: RegexNode) => string) => {
  let atomics = 0;
  const emit = (node: RegexNode): string => {
    switch (node.kind) {
      case "set":
      case "assertion":
        return node.source;
      case "look":
        return `${node.opening}${emit(node.body)})`;
      case "sequence":
        return node.items
          .map((item) => (item.kind === "choice" ? `(?:${emit(item)})` : emit(item)))
          .join("");
      case "choice":
        return node.options.map(emit).join("|");
      case "repeat": {
        const body = node.body.kind === "set" ? node.body.source : `(?:${emit(node.body)})`;
        const repeated = `${body}${quantifier(node.min, node.max)}${node.mode === "lazy" ? "?" : ""}`;
        return node.mode === "possessive" ? atomic(repeated, ++atomics) : repeated;
      }
      case "atomic":
        return atomic(emit(node.body), ++atomics);
      case "capture":
        return referred.has(node.name)
          ? `(?<${node.name}>${emit(node.body)})`
          : `(?:${emit(node.body)})`;
      case "backreference":
        return `\\k<${node.name}>`;
    }
  };
  return emit;
};

/**
 * A regular expression of a tokenizer file as a JavaScript one (flags g and v). The syntax is Oniguruma's: possessive
 * repeats and atomic groups, inline flags, classes within classes with `&&`, `\s`, `\d` and `\w` of Unicode, `\p{…}`,
 * `\h`, `\A`, `\z`, `\Z`, `\R`, POSIX classes, `^` and `$` of lines. Throws RegexError, with the place, for what JavaScript cannot
 * say and for repeats that could take exponential time (see `checkAmbiguity`).
 */
export const toJsRegex = (pattern: string): RegExp => {
  const node = parseRegex(pattern);
  checkAmbiguity(pattern, node);
  const source = emitter(backreferences(node, new Set()))(node);
  try {
    return new RegExp(source, "gv");
  } catch (error) {
    throw new RegexError(
      pattern,
      0,
      `the pattern must have an equal in JavaScript (${String(error)})`,
    );
  }
};
