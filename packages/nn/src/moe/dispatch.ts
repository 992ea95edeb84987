import {
  arange,
  concatenate,
  cumsum,
  floorDivide,
  full,
  ones,
  scatterSet,
  searchsorted,
  take,
  type Tensor,
  tensor,
  zeros,
} from "@adjoint/core";
import type { Activation } from "../activations/gelu.ts";
import { applyExperts, type ExpertParams } from "./experts.ts";
import type { Routing } from "./router.ts";

/** Tokens x (N, C), where they go, and what happens there. */
export type Dispatch = {
  readonly x: Tensor;
  readonly routing: Routing;
  readonly experts: ExpertParams;
  readonly activation: Activation;
  /** bool (N): tokens that are no padding; undefined for all. */
  readonly real: Tensor | undefined;
};

const countOf = ({ up }: ExpertParams): number => up.shape[0] ?? 1;

/** Weights (N, k), 0 for padding. */
const weightsOf = ({ routing, real }: Dispatch): Tensor =>
  real === undefined ? routing.weights : real.expandDims(-1).where(routing.weights, 0);

/** Every expert on every token, unchosen ones counting 0: exact and simple, E / k times the work. */
export const dispatchDense = (d: Dispatch): Tensor => {
  const { x, routing, experts, activation } = d;
  const count = countOf(experts);
  const each = tensor(Int32Array.from({ length: count }, (_, i) => i));
  const hit = routing.experts.expandDims(-1).equal(each);
  const combine = hit.where(weightsOf(d).expandDims(-1), 0).sum(1); // (N, E)
  const y = applyExperts(experts, x.expandDims(0), activation); // (E, N, C)
  const chosen = hit.any(1).transpose().expandDims(-1); // experts that overflow for others' tokens do not count
  return chosen.where(y, 0).mul(combine.transpose().expandDims(-1).cast(y.dtype)).sum(0);
};

/** For each choice (k, N), first choices first, its expert and its number among that expert's: int32 (k N). */
type Queue = {
  readonly expert: Tensor;
  readonly rank: Tensor;
  readonly real: Tensor;
  readonly loads: Tensor;
};

const queueOf = ({ routing, experts, real }: Dispatch): Queue => {
  const [n = 0, k = 0] = routing.experts.shape;
  const expert = routing.experts.transpose().flatten();
  const each = tensor(Int32Array.from({ length: countOf(experts) }, (_, i) => i));
  const hits = expert.expandDims(-1).equal(each); // (k N, E)
  const isReal = (real ?? ones([n], { dtype: "bool" })).broadcastTo([k, n]);
  const counted = hits.mul(isReal.reshape([k * n, 1])).cast("int32");
  const before = cumsum(counted, 0).sub(counted);
  return {
    expert,
    rank: before.mul(counted).sum(1),
    real: isReal.flatten(),
    loads: counted.sum(0),
  };
};

/** Rows of x (N, C) at `slots` (k N), one for each choice, out of `size`; zeros in the others. Slots of `size` are dropped. */
const scattered = (x: Tensor, slots: Tensor, size: number): Tensor => {
  const [n = 0, width = 0] = x.shape;
  const tokens = tensor(Int32Array.from({ length: slots.shape[0] ?? 0 }, (_, i) => i % n));
  // an index is scattered, not rows: they move by one gather, and back by one in reverse mode
  const source = scatterSet(full([size], n, { dtype: "int32" }), slots.expandDims(-1), tokens);
  const rows = concatenate([x, zeros([1, width], { dtype: x.dtype })], 0);
  return take(rows, source, { axis: 0 });
};

/**
 * Sum over choices of their weight times the row that came back: rows (size, C) at slots (k N) give (N, C). `kept` says
 * which choices have a row; undefined for all.
 */
const gathered = (d: Dispatch, rows: Tensor, slots: Tensor, kept: Tensor | undefined): Tensor => {
  const [n = 0, k = 0] = d.routing.experts.shape;
  const weights = weightsOf(d).transpose().flatten();
  const weighed = (given: Tensor, by: Tensor): Tensor =>
    given
      .mul(by.cast(rows.dtype).expandDims(-1))
      .reshape([k, n, rows.shape[1] ?? 0])
      .sum(0);
  if (kept === undefined) return weighed(take(rows, slots, { axis: 0 }), weights);
  // what was left out reads row 0, which may be NaN, and 0 times that is too
  const taken = take(rows, kept.where(slots, 0).cast("int32"), { axis: 0 });
  return weighed(kept.expandDims(-1).where(taken, 0), kept.where(weights, 0));
};

/**
 * Each expert takes at most `capacity` tokens: first choices before second ones, earlier tokens before later ones. What
 * overflows adds nothing.
 */
export const dispatchCapacity = (d: Dispatch, capacity: number): Tensor => {
  const { expert, rank, real } = queueOf(d);
  const count = countOf(d.experts);
  const kept = rank.less(capacity).mul(real);
  const slots = kept.where(expert.mul(capacity).add(rank), count * capacity).cast("int32");
  const width = d.x.shape[1] ?? 0;
  const x = scattered(d.x, slots, count * capacity).reshape([count, capacity, width]);
  const y = applyExperts(d.experts, x, d.activation).reshape([count * capacity, width]);
  return gathered(d, y, slots, kept);
};

/**
 * Every choice is computed and nothing else: tokens lie sorted by expert, each expert's padded to whole blocks, and each
 * block goes through the kernels of its expert. Shapes do not depend on the routing.
 * @see https://arxiv.org/abs/2211.15841
 */
export const dispatchDropless = (d: Dispatch, blockSize: number): Tensor => {
  const { expert, rank, real, loads } = queueOf(d);
  const count = countOf(d.experts);
  const choices = expert.shape[0] ?? 0;
  // at most blockSize - 1 rows of padding for each expert
  const blocks = Math.max(1, Math.floor((choices + count * (blockSize - 1)) / blockSize));
  const own = floorDivide(loads.add(blockSize - 1), blockSize).cast("int32"); // blocks of each expert
  const ends = cumsum(own, 0);
  const starts = ends.sub(own);
  const size = blocks * blockSize;
  const slots = real
    .where(take(starts, expert, { axis: 0 }).mul(blockSize).add(rank), size)
    .cast("int32");
  const width = d.x.shape[1] ?? 0;
  const x = scattered(d.x, slots, size).reshape([blocks, blockSize, width]);
  const block = arange(blocks, { dtype: "int32" });
  const owner = searchsorted(ends, block, { side: "right" }); // blocks beyond the last are empty, and clamped
  const pick = (kernel: Tensor): Tensor => take(kernel, owner, { axis: 0 });
  const { gate, up, down } = d.experts;
  const kernels = {
    up: pick(up),
    down: pick(down),
    ...(gate === undefined ? {} : { gate: pick(gate) }),
  };
  const y = applyExperts(kernels, x, d.activation).reshape([size, width]);
  return gathered(d, y, slots, d.real === undefined ? undefined : real);
};
