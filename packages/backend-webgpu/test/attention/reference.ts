import type { AttentionSpec } from "../../src/attention/attention-spec.ts";

/** Settings of a case; operands are made by `operandsOf`. */
export type Case = Omit<AttentionSpec, "views" | "mask" | "bias" | "dropout"> & {
  readonly masked?: "whole" | "rows";
  readonly biased?: "whole" | "keys";
  readonly rate?: number;
  readonly groups?: number;
};

/** Deterministic numbers between -1 and 1. */
export const noise = (n: number, seed: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: n }, (_, i) => {
    const x = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    return 2 * (x - Math.floor(x)) - 1;
  });

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** Threefry-2x32 with 20 rounds, xor of its two words. */
const bitsOf = (k0: number, k1: number, x0: number, x1: number): number => {
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda];
  let [a, b] = [(x0 + k0) | 0, (x1 + k1) | 0];
  for (let group = 0; group < 5; group++) {
    for (const r of rotations[group % 2]!) {
      a = (a + b) | 0;
      b = ((b << r) | (b >>> (32 - r))) ^ a;
    }
    a = (a + keys[(group + 1) % 3]!) | 0;
    b = (b + keys[(group + 2) % 3]! + group + 1) | 0;
  }
  return (a ^ b) >>> 0;
};

/** Arrays of a case in float32, contiguous. */
export const operandsOf = (c: Case) => {
  const { batch, heads, kvHeads, queryLength: t, keyLength: s, headSize: d, valueSize: e } = c;
  const mask = Uint32Array.from(
    { length: c.masked === "rows" ? t * s : batch * heads * t * s },
    (_, i) => (Math.floor(i / s) % 5 === 3 || noise(1, i + 9)[0]! > 0.4 ? 0 : 1),
  );
  return {
    q: noise(batch * heads * t * d, 1),
    k: noise(batch * kvHeads * s * d, 2),
    v: noise(batch * kvHeads * s * e, 3),
    dy: noise(batch * heads * t * e, 4),
    mask,
    bias: noise(c.biased === "keys" ? s : batch * heads * t * s, 5),
    key: Uint32Array.from({ length: 2 * (c.groups ?? 1) }, (_, i) => 77 + 13 * i),
  };
};

/** Value, log-sum-exp and cotangents in double precision, from the definition: every sum written out. */
export const reference = (c: Case, x: ReturnType<typeof operandsOf>) => {
  const { batch, heads, kvHeads, queryLength, keyLength, headSize, valueSize, scale } = c;
  const y = new Float64Array(batch * heads * queryLength * valueSize);
  const lse = new Float64Array(batch * heads * queryLength);
  const [dq, dk, dv] = [x.q, x.k, x.v].map((a) => new Float64Array(a.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const share = batch / (c.groups ?? 1);
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let t = 0; t < queryLength; t++) {
        const row = (b * heads + h) * queryLength + t;
        const kv = b * kvHeads + Math.floor(h / (heads / kvHeads));
        const scores: number[] = [];
        const slopes: number[] = [];
        const factors: number[] = [];
        for (let s = 0; s < keyLength; s++) {
          const place = t + keyLength - queryLength;
          const maskAt = (c.masked === "rows" ? t : row) * keyLength + s;
          const isSeen =
            (!c.causal || s <= place) &&
            (c.window === undefined || s > place - c.window) &&
            (c.masked === undefined || x.mask[maskAt] === 1);
          let sum = 0;
          for (let d = 0; d < headSize; d++)
            sum += x.q[row * headSize + d]! * x.k[(kv * keyLength + s) * headSize + d]!;
          sum *= scale;
          const bounded = c.softcap === undefined ? 0 : Math.tanh(sum / c.softcap);
          slopes.push(1 - bounded ** 2);
          if (c.softcap !== undefined) sum = c.softcap * bounded;
          if (c.biased !== undefined) sum += x.bias[c.biased === "keys" ? s : row * keyLength + s]!;
          scores.push(isSeen ? sum : Number.NEGATIVE_INFINITY);
          const group = Math.floor(b / share);
          const counter = row * keyLength + s - group * share * heads * queryLength * keyLength;
          const bits =
            c.rate === undefined
              ? 0
              : bitsOf(
                  x.key[2 * group]!,
                  x.key[2 * group + 1]!,
                  Math.floor(counter / 2 ** 32),
                  counter | 0,
                );
          const kept = c.rate === undefined || (bits >>> 9) * 2 ** -23 < Math.fround(1 - c.rate);
          factors.push(kept ? 1 / (1 - (c.rate ?? 0)) : 0);
        }
        const largest = Math.max(...scores);
        const shift = largest === Number.NEGATIVE_INFINITY ? 0 : largest;
        const total = scores.reduce((n, z) => n + Math.exp(z - shift), 0);
        lse[row] = total === 0 ? Number.NEGATIVE_INFINITY : Math.log(total) + shift;
        const weights = scores.map((z) => (total === 0 ? 0 : Math.exp(z - shift) / total));
        const pulled = weights.map((w, s) => {
          let slope = 0;
          for (let e = 0; e < valueSize; e++) {
            const [i, j] = [row * valueSize + e, (kv * keyLength + s) * valueSize + e];
            y[i]! += w * factors[s]! * x.v[j]!;
            dv[j]! += w * factors[s]! * x.dy[i]!;
            slope += x.dy[i]! * x.v[j]!;
          }
          return slope * factors[s]!;
        });
        const inner = weights.reduce((n, w, s) => n + w * pulled[s]!, 0);
        weights.forEach((w, s) => {
          const slope = w * (pulled[s]! - inner) * slopes[s]! * scale;
          for (let d = 0; d < headSize; d++) {
            const [i, j] = [row * headSize + d, (kv * keyLength + s) * headSize + d];
            dq[i]! += slope * x.k[j]!;
            dk[j]! += slope * x.q[i]!;
          }
        });
      }
  return { y, lse, dq, dk, dv };
};
