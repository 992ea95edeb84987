import { RegexError } from "./regex-error.ts";
import type { RegexNode } from "./regex-node.ts";
import { setOverlap } from "./set-overlap.ts";

/**
 * A place in a pattern that takes one character, and the places that may come next within the same loop: one that may come
 * next in two ways, such as through an inner and an outer repeat, is there twice.
 */
type Position = { readonly source: string; readonly next: Position[] };

/** Which places a part may begin and end with, and whether it may be empty. */
type Part = {
  readonly first: readonly Position[];
  readonly last: readonly Position[];
  readonly canBeEmpty: boolean;
};

type Repeat = RegexNode & { kind: "repeat" };

/** More places than this in a repeat are refused: every two that meet are compared. */
const mostPlaces = 50;

const nothing: Part = { first: [], last: [], canBeEmpty: true };

const link = (from: readonly Position[], to: readonly Position[]): void => {
  for (const position of from) position.next.push(...to);
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
  const position: Position = { source, next: [] };
  positions.push(position);
  return { first: [position], last: [position], canBeEmpty: false };
};

/** Repeats up to this are written out: `a{1,3}` as `a(a(a)?)?`. */
const mostCopies = 16;

const writtenOut = ({ body, min, max }: Repeat, positions: Position[]): Part => {
  let part = nothing;
  for (let copy = max - 1; copy >= 0; copy--) {
    const whole = inOrder(partOf(body, positions), part);
    part = copy < min ? whole : { ...whole, canBeEmpty: true };
  }
  return part;
};

const repeated = (node: Repeat, positions: Position[]): Part => {
  if (node.max <= mostCopies) return writtenOut(node, positions);
  const part = partOf(node.body, positions);
  link(part.last, part.first);
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

type Overlap = ReturnType<typeof setOverlap>;

const isDistinct = (places: readonly Position[], overlap: Overlap): boolean =>
  places.every(({ source }, at) =>
    places.slice(at + 1).every((other) => !overlap(source, other.source)),
  );

/** How many places a part has. */
const size = (node: RegexNode): number => {
  if (node.kind === "sequence") return node.items.reduce((sum, item) => sum + size(item), 0);
  if (node.kind === "choice") return node.options.reduce((sum, option) => sum + size(option), 0);
  if (node.kind === "repeat")
    return size(node.body) * (node.max <= mostCopies ? Math.max(node.max, 1) : 1);
  return "body" in node ? size(node.body) : 1;
};

/** Whether there is one way only to go through the repeats of `body` for a given text. */
const isDeterministic = ({ body, min, max }: Repeat, overlap: Overlap): boolean => {
  if (size(body) > mostPlaces) return false;
  const positions: Position[] = [];
  const { first, last, canBeEmpty } = partOf(body, positions);
  if (canBeEmpty && (min > 1 || max !== Infinity)) return false; // empty rounds could be any of the rounds
  link(last, first);
  return isDistinct(first, overlap) && positions.every(({ next }) => isDistinct(next, overlap));
};

const loops = (node: RegexNode, found: Repeat[]): readonly Repeat[] => {
  if (node.kind === "repeat" && node.max > 1 && node.body.kind !== "set") found.push(node);
  if (node.kind === "sequence") for (const item of node.items) loops(item, found);
  if (node.kind === "choice") for (const option of node.options) loops(option, found);
  if ("body" in node) loops(node.body, found);
  return found;
};

/** Repeats in a row that can take the same character; one more, and matching takes time to the power of it. */
const mostInRow = 2;

const unwrapped = (node: RegexNode): readonly RegexNode[] => {
  if (node.kind === "sequence") return node.items.flatMap(unwrapped);
  return node.kind === "capture" || node.kind === "atomic" ? unwrapped(node.body) : [node];
};

type Loop = { readonly source: string; readonly position: number };

const loopOf = (node: RegexNode): Loop | undefined =>
  node.kind === "repeat" && node.max > mostCopies && node.body.kind === "set"
    ? { source: node.body.source, position: node.position }
    : undefined;

/** The repeat that is one too many among those that can take what the first one takes, with nothing that ends it in between. */
const tooMany = (
  nodes: readonly RegexNode[],
  first: number,
  overlap: Overlap,
): Loop | undefined => {
  const start = nodes[first] && loopOf(nodes[first]);
  if (start === undefined) return undefined;
  const row: Loop[] = [start];
  for (const node of nodes.slice(first + 1)) {
    const loop = loopOf(node);
    if (node.kind === "set" && !overlap(node.source, start.source)) return undefined;
    if (loop !== undefined && row.every((other) => overlap(other.source, loop.source)))
      row.push(loop);
    if (row.length > mostInRow) return loop;
  }
  return undefined;
};

const sequences = (node: RegexNode): readonly (readonly RegexNode[])[] => {
  const own = node.kind === "sequence" ? [unwrapped(node)] : [];
  if (node.kind === "sequence") return [...own, ...node.items.flatMap(sequences)];
  if (node.kind === "choice") return node.options.flatMap(sequences);
  return "body" in node ? sequences(node.body) : [];
};

/**
 * Refuses patterns that could backtrack exponentially: every repeat of more than one set of characters must be
 * deterministic (at each place within it, the next character says how to go on, and by which repeat), so that there is one
 * way only to match a given text. What remains is polynomial in the length of a text, with the number of repeats in a row as the degree:
 * of those, more than two that can take the same character are refused. The patterns of well-known tokenizers are linear.
 * Source: Brüggemann-Klein and Wood, One-Unambiguous Regular Languages, 1998.
 */
export const checkAmbiguity = (pattern: string, node: RegexNode): void => {
  const overlap = setOverlap();
  for (const loop of loops(node, []))
    if (!isDeterministic(loop, overlap))
      throw new RegexError(
        pattern,
        loop.position,
        "within a repeat, the next character must say how to go on, or matching could take exponential time",
      );
  for (const nodes of sequences(node))
    for (const first of nodes.keys()) {
      const loop = tooMany(nodes, first, overlap);
      if (loop !== undefined)
        throw new RegexError(
          pattern,
          loop.position,
          `at most ${mostInRow} repeats in a row may take the same character, or matching could take very long`,
        );
    }
};
