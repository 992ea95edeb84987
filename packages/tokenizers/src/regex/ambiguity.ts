import { RegexError } from "./regex-error.ts";
import type { RegexNode } from "./regex-node.ts";

/** A place in a pattern that takes one character, and the places that may come next within the same loop. */
type Position = { readonly source: string; readonly next: Set<Position> };

/** Which places a part may begin and end with, and whether it may be empty. */
type Part = {
  readonly first: readonly Position[];
  readonly last: readonly Position[];
  readonly canBeEmpty: boolean;
};

const nothing: Part = { first: [], last: [], canBeEmpty: true };

const link = (from: readonly Position[], to: readonly Position[]): void => {
  for (const position of from) for (const next of to) position.next.add(next);
};

const inOrder = (left: Part, right: Part): Part => {
  link(left.last, right.first);
  return {
    first: left.canBeEmpty ? [...left.first, ...right.first] : left.first,
    last: right.canBeEmpty ? [...left.last, ...right.last] : right.last,
    canBeEmpty: left.canBeEmpty && right.canBeEmpty,
  };
};

const either = (left: Part, right: Part): Part => ({
  first: [...left.first, ...right.first],
  last: [...left.last, ...right.last],
  canBeEmpty: left.canBeEmpty || right.canBeEmpty,
});

const one = (source: string, positions: Position[]): Part => {
  const position = { source, next: new Set<Position>() };
  positions.push(position);
  return { first: [position], last: [position], canBeEmpty: false };
};

/** Repeats that count high are as bad as ones without end. */
const isLoop = (max: number): boolean => max > 50;

const repeated = (node: RegexNode & { kind: "repeat" }, positions: Position[]): Part => {
  const copies = isLoop(node.max) ? 1 : Math.min(node.max, 8);
  let part = copies === 0 ? nothing : partOf(node.body, positions);
  for (let copy = 1; copy < copies; copy++) {
    const more = partOf(node.body, positions);
    part = inOrder(part, copy >= node.min ? { ...more, canBeEmpty: true } : more);
  }
  if (isLoop(node.max)) link(part.last, part.first);
  return node.min === 0 ? { ...part, canBeEmpty: true } : part;
};

/** Glushkov's construction. */
const partOf = (node: RegexNode, positions: Position[]): Part => {
  switch (node.kind) {
    case "set":
      return one(node.source, positions);
    case "backreference":
      return one("[^]", positions);
    case "assertion":
    case "look":
      return nothing;
    case "sequence":
      return node.items.map((item) => partOf(item, positions)).reduce(inOrder, nothing);
    case "choice":
      return node.options
        .map((option) => partOf(option, positions))
        .reduce(either, { ...nothing, canBeEmpty: false });
    case "repeat":
      return repeated(node, positions);
    case "atomic":
    case "capture":
      return partOf(node.body, positions);
  }
};

/** Whether some character is in both sets. Exact: looks at every code point. */
const overlap = (left: string, right: string): boolean => {
  if (left === right) return true;
  const both = new RegExp(`[[${left}]&&[${right}]]`, "v");
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code === 0xd800) code = 0xe000;
    if (both.test(String.fromCodePoint(code))) return true;
  }
  return false;
};

const isDeterministic = (node: RegexNode): boolean => {
  const positions: Position[] = [];
  const { first, last } = partOf(node, positions);
  if (positions.length > 200) return false;
  link(last, first);
  return [new Set(first), ...positions.map(({ next }) => next)].every((next) => {
    const sources = [...next].map(({ source }) => source);
    return sources.every((left, at) =>
      sources.slice(at + 1).every((right) => !overlap(left, right)),
    );
  });
};

const loops = (node: RegexNode, found: (RegexNode & { kind: "repeat" })[]): typeof found => {
  if (node.kind === "repeat" && isLoop(node.max) && node.body.kind !== "set") found.push(node);
  if (node.kind === "sequence") for (const item of node.items) loops(item, found);
  if (node.kind === "choice") for (const option of node.options) loops(option, found);
  if ("body" in node) loops(node.body, found);
  return found;
};

/**
 * Refuses patterns that could backtrack exponentially: every endless repeat of more than one set of characters must be
 * deterministic (at each place within it, the next character says how to go on), so that there is one way only to match
 * a given text. What remains is polynomial in the length of a text, with the number of repeats in a row as the degree;
 * the patterns of well-known tokenizers are linear.
 * Source: Brüggemann-Klein and Wood, One-Unambiguous Regular Languages, 1998.
 */
export const checkAmbiguity = (pattern: string, node: RegexNode): void => {
  for (const loop of loops(node, []))
    if (!isDeterministic(loop.body))
      throw new RegexError(
        pattern,
        loop.position,
        "within an endless repeat, the next character must say how to go on, or matching could take exponential time",
      );
};
