import { allocate, at, type HostArray, type HostData } from "../host-array.ts";
import { sizeOf } from "../shape.ts";
import {
  type AttentionOperands,
  attentionOperands,
  type AttentionParams,
  type AttentionSizes,
  attentionSizes,
  scoresShape,
  statisticType,
} from "./attention-operands.ts";
import { ArityError } from "./arity.ts";
import { unbroadcastData } from "./attention-broadcast.ts";
import { broadcastData } from "./elementwise.ts";
import { threefryP } from "./threefry.ts";

/** 1 where dropout keeps a weight. */
const keptHost = (key: HostArray, count: number, rate: number): Uint8Array => {
  const groups = sizeOf(key.shape) / 2;
  const each = groups === 0 ? 0 : count / groups;
  const word = (i: number): HostArray => ({
    shape: [groups, 1],
    dtype: "uint32",
    data: Uint32Array.from({ length: groups }, (_, g) => at(key.data, 2 * g + i)),
  });
  const low: HostArray = {
    shape: [1, each],
    dtype: "uint32",
    data: Uint32Array.from({ length: each }, (_, i) => i),
  };
  const high: HostArray = { shape: [], dtype: "uint32", data: new Uint32Array(1) };
  const [a, b] = threefryP.evaluate([word(0), word(1), high, low], {});
  if (a === undefined || b === undefined) throw new ArityError("threefry2x32", 2, 0);
  const limit = Math.fround(1 - rate);
  return Uint8Array.from({ length: count }, (_, i) =>
    ((at(a.data, i) ^ at(b.data, i)) >>> 9) * 2 ** -23 < limit ? 1 : 0,
  );
};

/** Everything that the rows of scores are made of, in host memory. */
class HostScores {
  readonly sizes: AttentionSizes;
  readonly #operands: AttentionOperands<HostArray>;
  readonly #params: AttentionParams;
  readonly #mask: HostData | undefined;
  readonly #bias: HostData | undefined;
  readonly #kept: Uint8Array | undefined;
  /** Weights of the row that was computed last, before dropout. */
  readonly weights: Float64Array;
  /** Slope of the cap at each score of that row. */
  readonly slopes: Float64Array;
  /** What dropout multiplies the weights of that row by. */
  readonly factors: Float64Array;

  constructor(operands: AttentionOperands<HostArray>, params: AttentionParams) {
    const { mask, bias, key } = operands;
    this.sizes = attentionSizes(operands);
    this.#operands = operands;
    this.#params = params;
    const shape = scoresShape(this.sizes);
    this.#mask = mask && broadcastData(mask, shape);
    this.#bias = bias && broadcastData(bias, shape);
    this.#kept = key && keptHost(key, sizeOf(shape), params.dropout);
    const { keys } = this.sizes;
    this.weights = new Float64Array(keys);
    this.slopes = new Float64Array(keys).fill(1);
    this.factors = new Float64Array(keys).fill(1);
  }

  /** Rows of scores: one for each leading index, head and query. */
  get count(): number {
    const { lead, heads, queries } = this.sizes;
    return sizeOf(lead) * heads * queries;
  }

  /** Which head of keys, over all leading indices, a row reads. */
  keyHead(row: number): number {
    const { heads, kvHeads, queries } = this.sizes;
    const head = Math.floor(row / queries);
    const group = Math.floor((head % heads) / (heads / kvHeads));
    return Math.floor(head / heads) * kvHeads + group;
  }

  #sees(row: number, s: number): boolean {
    const { queries, keys } = this.sizes;
    const place = (row % queries) + keys - queries;
    const { causal, window } = this.#params;
    if (causal && s > place) return false;
    if (window > 0 && s <= place - window) return false;
    return this.#mask === undefined || at(this.#mask, row * keys + s) !== 0;
  }

  #score(row: number, s: number): number {
    const { size, keys } = this.sizes;
    const { scale, softcap } = this.#params;
    const [q, k] = [row * size, (this.keyHead(row) * keys + s) * size];
    let sum = 0;
    for (let d = 0; d < size; d++)
      sum += at(this.#operands.q.data, q + d) * at(this.#operands.k.data, k + d);
    const bounded = softcap === 0 ? 0 : Math.tanh((sum * scale) / softcap);
    this.slopes[s] = 1 - bounded * bounded;
    const bias = this.#bias === undefined ? 0 : at(this.#bias, row * keys + s);
    return (softcap === 0 ? sum * scale : bounded * softcap) + bias;
  }

  /** Computes the weights of a row; the log-sum-exp of its scores. */
  compute(row: number): number {
    const { weights } = this;
    const { keys } = this.sizes;
    let largest = Number.NEGATIVE_INFINITY;
    for (let s = 0; s < keys; s++) {
      weights[s] = this.#sees(row, s) ? this.#score(row, s) : Number.NEGATIVE_INFINITY;
      largest = Math.max(largest, at(weights, s));
      if (this.#kept) this.factors[s] = at(this.#kept, row * keys + s) / (1 - this.#params.dropout);
    }
    const shift = largest === Number.NEGATIVE_INFINITY ? 0 : largest;
    let total = 0;
    for (let s = 0; s < keys; s++) {
      weights[s] = Math.exp(at(weights, s) - shift);
      total += at(weights, s);
    }
    const inverse = total === 0 ? 0 : 1 / total;
    for (let s = 0; s < keys; s++) weights[s] = at(weights, s) * inverse;
    return total === 0 ? Number.NEGATIVE_INFINITY : Math.log(total) + shift;
  }
}

/** Reference kernel of `attention`. */
export const attentionHost = (
  inputs: readonly HostArray[],
  params: AttentionParams,
): readonly HostArray[] => {
  const operands = attentionOperands(inputs, params);
  const { q, v } = operands;
  const rows = new HostScores(operands, params);
  const { lead, heads, queries, keys, valueSize } = rows.sizes;
  const y = allocate(q.dtype, rows.count * valueSize);
  const lse = allocate(statisticType(q.dtype), rows.count);
  for (let row = 0; row < rows.count; row++) {
    lse[row] = rows.compute(row);
    const base = rows.keyHead(row) * keys;
    for (let e = 0; e < valueSize; e++) {
      let sum = 0;
      for (let s = 0; s < keys; s++)
        if (at(rows.weights, s) !== 0)
          sum += at(rows.weights, s) * at(rows.factors, s) * at(v.data, (base + s) * valueSize + e);
      y[row * valueSize + e] = sum;
    }
  }
  const shape = [...lead, heads, queries];
  return [
    { shape: [...shape, valueSize], dtype: q.dtype, data: y },
    { shape, dtype: statisticType(q.dtype), data: lse },
  ];
};

const stored = (like: HostArray, sums: Float64Array): HostArray => {
  const data = allocate(like.dtype, sums.length);
  data.set(sums);
  return { ...like, data };
};

/** Reference kernel of `attentionBackward`: cotangents of q, k and v, and of the bias where `biasGradient` says so. */
export const attentionBackwardHost = (
  inputs: readonly HostArray[],
  params: AttentionParams & { readonly biasGradient: boolean },
): readonly HostArray[] => {
  const operands = attentionOperands(inputs, params);
  const { q, k, v, bias, rest } = operands;
  const dy = rest[2];
  if (dy === undefined) throw new ArityError("attentionBackward", 6, inputs.length);
  const rows = new HostScores(operands, params);
  const { keys, size, valueSize } = rows.sizes;
  const [dq, dk, dv] = [q, k, v].map((x) => new Float64Array(x.data.length));
  if (dq === undefined || dk === undefined || dv === undefined)
    throw new ArityError("attentionBackward", 6, inputs.length);
  const slopes = new Float64Array(params.biasGradient ? rows.count * keys : 0);
  const own = new Float64Array(keys);
  for (let row = 0; row < rows.count; row++) {
    rows.compute(row);
    const { weights, factors } = rows;
    const base = rows.keyHead(row) * keys;
    let inner = 0;
    for (let s = 0; s < keys; s++) {
      const weight = at(weights, s);
      let slope = 0;
      for (let e = 0; e < valueSize; e++) {
        const [i, j] = [row * valueSize + e, (base + s) * valueSize + e];
        slope += at(dy.data, i) * at(v.data, j);
        dv[j] = at(dv, j) + weight * at(factors, s) * at(dy.data, i);
      }
      own[s] = slope * at(factors, s);
      inner += weight * at(own, s);
    }
    for (let s = 0; s < keys; s++) {
      const slope = at(weights, s) * (at(own, s) - inner);
      if (params.biasGradient) slopes[row * keys + s] = slope;
      const scaled = slope * at(rows.slopes, s) * params.scale;
      for (let d = 0; d < size; d++) {
        const [i, j] = [row * size + d, (base + s) * size + d];
        dq[i] = at(dq, i) + scaled * at(k.data, j);
        dk[j] = at(dk, j) + scaled * at(q.data, i);
      }
    }
  }
  const main = [stored(q, dq), stored(k, dk), stored(v, dv)];
  if (bias === undefined || !params.biasGradient) return main;
  return [...main, stored(bias, unbroadcastData(slopes, scoresShape(rows.sizes), bias.shape))];
};
