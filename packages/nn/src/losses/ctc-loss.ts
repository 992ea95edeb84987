import {
  arange,
  ArgumentError,
  concatenate,
  full,
  logicalOr,
  logsumexp,
  maximum,
  scan,
  ShapeError,
  stack,
  takeAlongAxis,
  type Tensor,
} from "@adjoint/core";
import { checkRecords, checkTensors } from "../internal/check-tensors.ts";
import { countedPlaces, selected } from "./counted.ts";
import { type ReductionOptions, reduceLosses } from "./reduction.ts";

/** Settings of `ctcLoss`. */
export type CtcLossOptions = ReductionOptions & {
  /** Class that means "nothing"; default 0. */
  readonly blank?: number;
  /** Whether the loss of a sequence is divided by the length of its target, as PyTorch's "mean" does; default false. */
  readonly perLabel?: boolean;
  /** Whether impossible targets (more labels than frames can hold) count 0 instead of Infinity; false when absent. */
  readonly zeroInfinity?: boolean;
};

/** Lengths that go with padded sequences, int32 (N). */
export type CtcLengths = { readonly inputs: Tensor; readonly targets: Tensor };

const checkOperands = (
  logProbs: Tensor,
  targets: Tensor,
  lengths: CtcLengths,
  blank: number,
): void => {
  checkTensors("ctcLoss", { logProbs, targets });
  checkRecords("ctcLoss", { lengths });
  checkTensors("ctcLoss", { "lengths.inputs": lengths.inputs, "lengths.targets": lengths.targets });
  const [n, , classes] = logProbs.shape;
  const fits =
    logProbs.rank === 3 &&
    targets.rank === 2 &&
    targets.shape[0] === n &&
    [lengths.inputs, lengths.targets].every((x) => x.rank === 1 && x.shape[0] === n);
  if (!fits)
    throw new ShapeError({
      operation: "ctcLoss",
      rule: "takes log-probabilities (N, T, V), targets (N, S) and lengths (N)",
      got: [logProbs, targets, lengths.inputs, lengths.targets]
        .map((x) => `[${x.shape.join()}]`)
        .join(", "),
    });
  if (!Number.isInteger(blank) || blank < 0 || blank >= (classes ?? 0))
    throw new ArgumentError({
      operation: "ctcLoss",
      rule: `blank must be a class from 0 to ${(classes ?? 0) - 1}`,
      got: `${blank}`,
    });
};

/** Targets (N, S) with a blank before, between and after: (N, 2 S + 1). */
const withBlanks = (targets: Tensor, blank: number): Tensor => {
  const [n = 0, length = 0] = targets.shape;
  const blanks = full([n, length], blank, { dtype: "int32" });
  const pairs = stack([blanks, targets.cast("int32")], -1).reshape([n, 2 * length]);
  return concatenate([pairs, full([n, 1], blank, { dtype: "int32" })], 1);
};

/** x (N, L) moved `by` places to the right, -Infinity coming in. */
const shifted = (x: Tensor, by: number): Tensor => {
  const [n = 0, length = 0] = x.shape;
  const lowest = full([n, by], -Infinity, { dtype: x.dtype });
  return concatenate([lowest, x], 1).slice([0, 0], [n, length]);
};

/** Whether the label at a place may follow the one two before it: it is no blank, and another label. */
const maySkip = (labels: Tensor, blank: number): Tensor => {
  const [n = 0, length = 0] = labels.shape;
  const before = concatenate([full([n, 2], blank, { dtype: "int32" }), labels], 1).slice(
    [0, 0],
    [n, length],
  );
  return labels.notEqual(blank).mul(labels.notEqual(before));
};

/**
 * Connectionist temporal classification: minus the log-probability that frames, with repeats merged and blanks dropped,
 * read as the target. Log-probabilities (N, T, V), int32 targets (N, S) padded with anything, and the lengths of both;
 * one loss for each sequence. Labels within a length must be classes: others count as the nearest one. The sum over
 * alignments is taken in logarithms by one scan over the frames.
 * Throws ShapeError when the operands do not fit, ArgumentError for a blank that is no class.
 * @see https://www.cs.toronto.edu/~graves/icml_2006.pdf
 *
 * ```ts doctest
 * import { log, tensor } from "@adjoint/core";
 * import { ctcLoss } from "@adjoint/nn";
 * const probs = tensor([[[0.4, 0.6], [0.4, 0.6]]]); // two frames: "blank" and one label
 * const lengths = { inputs: tensor([2], { dtype: "int32" }), targets: tensor([1], { dtype: "int32" }) };
 * const loss = ctcLoss(log(probs), tensor([[1]], { dtype: "int32" }), lengths);
 * await loss.exp().item(); // => 1.1905
 * ```
 */
export const ctcLoss = (
  logProbs: Tensor,
  targets: Tensor,
  lengths: CtcLengths,
  { blank = 0, perLabel = false, zeroInfinity = false, ...options }: CtcLossOptions = {},
): Tensor => {
  checkOperands(logProbs, targets, lengths, blank);
  const [n = 0, frames = 0] = logProbs.shape;
  const labels = withBlanks(targets, blank);
  const states = labels.shape[1] ?? 1;
  const skips = maySkip(labels, blank);
  // (N, T, V) at the labels: (T, N, L)
  const emissions = takeAlongAxis(
    selected(logProbs, countedPlaces("ctcLoss", options.mask, [n])),
    labels.expandDims(1).broadcastTo([n, frames, states]),
    -1,
  ).transpose([1, 0, 2]);
  const place = arange(states, { dtype: "int32" });
  // one step from "only the first blank" reaches the first blank and the first label, as frame 0 may
  const start = place.equal(0).broadcastTo([n, states]).where(0, -Infinity).cast(logProbs.dtype);
  type Frame = { readonly scores: Tensor; readonly time: Tensor };
  const step = (alpha: Tensor, { scores, time }: Frame): readonly [Tensor, null] => {
    const skipped = skips.where(shifted(alpha, 2), -Infinity);
    const next = logsumexp(stack([alpha, shifted(alpha, 1), skipped], 0), 0).add(scores);
    return [time.less(lengths.inputs).expandDims(-1).where(next, alpha), null];
  };
  const xs = { scores: emissions, time: arange(frames, { dtype: "int32" }) };
  const [alpha] = scan(step, start, xs);
  const last = lengths.targets.mul(2).expandDims(-1);
  const isEnd = logicalOr(place.equal(last), place.equal(last.sub(1)));
  const total = logsumexp(isEnd.where(alpha, -Infinity), -1).neg();
  const finite = zeroInfinity ? total.equal(Infinity).where(0, total) : total;
  const each = perLabel ? finite.div(maximum(lengths.targets, 1).cast(finite.dtype)) : finite;
  return reduceLosses("ctcLoss", each, options);
};
