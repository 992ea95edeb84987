import { ArgumentError } from "../errors.ts";
import { dotGeneralP } from "../primitives/dot-general.ts";
import { dim } from "../shape.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { type Labels, parseEinsum } from "./einsum-spec.ts";
import { applyOne, promoteAll } from "./operand.ts";

/** A tensor whose axes have names. */
type Term = { readonly x: Tensor; readonly labels: Labels };

type Sizes = ReadonlyMap<string, number>;

const sizeOfLabel = (sizes: Sizes, label: string): number => sizes.get(label) ?? 1;

const placesOf = (labels: Labels, wanted: Labels): readonly number[] =>
  wanted.map((label) => labels.indexOf(label));

const arrange = ({ x, labels }: Term, wanted: Labels): Tensor =>
  x.transpose(placesOf(labels, wanted));

/** Drops axes of size 1 whose label is larger elsewhere: along them the operand is constant. */
const dropBroadcast = ({ x, labels }: Term, sizes: Sizes): Term => {
  const kept = labels.flatMap((label, i) =>
    x.shape[i] === 1 && sizeOfLabel(sizes, label) !== 1 ? [] : [i],
  );
  return {
    x: x.reshape(kept.map((i) => dim(x.shape, i))),
    labels: kept.map((i) => labels[i] ?? ""),
  };
};

/** The diagonal of the axes that share `label`: every (n + 1)-th element of the two laid out as one. */
const takeDiagonal = ({ x, labels }: Term, label: string): Term => {
  const [i, j] = [labels.indexOf(label), labels.lastIndexOf(label)];
  const rest = labels.flatMap((_, axis) => (axis === i || axis === j ? [] : [axis]));
  const n = dim(x.shape, i);
  const lead = rest.map((axis) => dim(x.shape, axis));
  const flat = x.transpose([...rest, i, j]).reshape([...lead, n * n]);
  const picked = flat.slice(
    [...lead.map(() => 0), 0],
    [...lead, n * n],
    [...lead.map(() => 1), n + 1],
  );
  return { x: picked, labels: [...rest.map((axis) => labels[axis] ?? ""), label] };
};

const withoutRepeats = (term: Term): Term => {
  const repeated = term.labels.find((label, i) => term.labels.indexOf(label) !== i);
  return repeated === undefined ? term : withoutRepeats(takeDiagonal(term, repeated));
};

/** Sums over the labels that nobody else needs. */
const sumOut = ({ x, labels }: Term, needed: ReadonlySet<string>): Term => {
  const axes = labels.flatMap((label, i) => (needed.has(label) ? [] : [i]));
  return axes.length === 0
    ? { x, labels }
    : { x: x.sum(axes), labels: labels.filter((label) => needed.has(label)) };
};

/** Elementwise product over the union of the labels. */
const multiply = (a: Term, b: Term, labels: Labels): Tensor => {
  const spread = (term: Term): Tensor => {
    const own = labels.filter((label) => term.labels.includes(label));
    const sized = arrange(term, own);
    return sized.reshape(
      labels.map((label) => (own.includes(label) ? dim(sized.shape, own.indexOf(label)) : 1)),
    );
  };
  return spread(a).mul(spread(b));
};

/** Axes of the product of two terms: shared ones that stay, then those of each alone. */
const productLabels = (a: Term, b: Term, needed: ReadonlySet<string>): Labels => [
  ...a.labels.filter((label) => b.labels.includes(label) && needed.has(label)),
  ...a.labels.filter((label) => !b.labels.includes(label)),
  ...b.labels.filter((label) => !a.labels.includes(label)),
];

const contractPair = (a: Term, b: Term, needed: ReadonlySet<string>): Term => {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const [batch, summed] = [
    shared.filter((l) => needed.has(l)),
    shared.filter((l) => !needed.has(l)),
  ];
  const labels = productLabels(a, b, needed);
  if (summed.length === 0) return { x: multiply(a, b, labels), labels };
  const pairs = (wanted: Labels): { left: readonly number[]; right: readonly number[] } => ({
    left: placesOf(a.labels, wanted),
    right: placesOf(b.labels, wanted),
  });
  return {
    x: applyOne(dotGeneralP, [a.x, b.x], { contract: pairs(summed), batch: pairs(batch) }),
    labels,
  };
};

/** Work of contracting two terms: the product of the sizes of all their labels. */
const workOf = (a: Term, b: Term, sizes: Sizes): number =>
  [...new Set([...a.labels, ...b.labels])].reduce((n, label) => n * sizeOfLabel(sizes, label), 1);

/** The pair that is cheapest to contract next; the first one among equals. */
const cheapest = (terms: readonly Term[], sizes: Sizes): readonly [number, number] => {
  let best: readonly [number, number] = [0, 1];
  let least = Number.POSITIVE_INFINITY;
  terms.forEach((a, i) => {
    terms.slice(i + 1).forEach((b, offset) => {
      const work = workOf(a, b, sizes);
      if (work < least) [least, best] = [work, [i, i + 1 + offset]];
    });
  });
  return best;
};

/** Sums out what a pair has alone and contracts it, in the order that leaves nothing to transpose if there is one. */
const joinPair = (left: Term, right: Term, needed: ReadonlySet<string>, output: Labels): Term => {
  const a = sumOut(left, new Set([...needed, ...right.labels]));
  const b = sumOut(right, new Set([...needed, ...left.labels]));
  const swap = productLabels(b, a, needed).join() === output.join();
  return swap ? contractPair(b, a, needed) : contractPair(a, b, needed);
};

/** Contracts the cheapest pair until one term is left. */
const contractAll = (terms: readonly Term[], output: Labels, sizes: Sizes): Term => {
  const [i, j] = cheapest(terms, sizes);
  const [a, b] = [terms[i], terms[j]];
  if (a === undefined)
    throw new ArgumentError({ operation: "einsum", rule: "needs at least one operand" });
  if (b === undefined) return sumOut(a, new Set(output));
  const rest = terms.filter((_, n) => n !== i && n !== j);
  const needed = new Set([...output, ...rest.flatMap((term) => term.labels)]);
  return contractAll([...rest, joinPair(a, b, needed, output)], output, sizes);
};

/**
 * Sum of products in Einstein's notation, as `numpy.einsum`: labels shared by operands multiply, labels missing in the
 * output are summed, a label twice in one operand takes its diagonal, "..." stands for broadcast axes, and without
 * "->" the output has the labels that occur once, in alphabetical order. Axes of size 1 broadcast. Several operands
 * are contracted pairwise, the cheapest pair first. Throws ArgumentError for a bad string, ShapeError for bad sizes.
 *
 * ```ts doctest
 * import { einsum, tensor } from "@adjoint/core";
 * const a = tensor([[1, 2], [3, 4]]);
 * await einsum("ij,jk->ik", a, a).toArray(); // => [[7, 10], [15, 22]]
 * await einsum("ii", a).item(); // => 5
 * await einsum("...j->...", a).toArray(); // => [3, 7]
 * ```
 */
export const einsum = (spec: string, ...operands: readonly TensorLike[]): Tensor => {
  const tensors = promoteAll("einsum", operands).map((x) =>
    x.dtype === "bool" ? x.cast("int32") : x,
  );
  const { inputs, output, sizes } = parseEinsum(
    spec,
    tensors.map((x) => x.shape),
  );
  const terms = tensors.map((x, n) =>
    withoutRepeats(dropBroadcast({ x, labels: inputs[n] ?? [] }, sizes)),
  );
  return arrange(contractAll(terms, output, sizes), output);
};
