import { DTypeError } from "../errors.ts";
import { at, type HostArray } from "../host-array.ts";
import type { Aval } from "../ir/aval.ts";
import { broadcastShapes, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { ArityError } from "./arity.ts";
import { addP, orP, shiftLeftP, shiftRightLogicalP, xorP } from "./binary.ts";
import { alignBatched, broadcastData } from "./elementwise.ts";
import { bind, bindOne, type Primitive } from "./primitive.ts";
import { formatAvals, type NoParams } from "./unary.ts";

const even = [13, 15, 26, 6] as const;
const odd = [17, 29, 16, 24] as const;
const parity = 0x1bd11bda;

const four = <T>(list: readonly T[]): readonly [T, T, T, T] => {
  const [a, b, c, d] = list;
  if (a === undefined || b === undefined || c === undefined || d === undefined)
    throw new ArityError("threefry2x32", 4, list.length);
  return [a, b, c, d];
};

/** Four mixing rounds of `words` in place. */
const mix = (words: Int32Array, r: readonly [number, number, number, number]): void => {
  let [a = 0, b = 0] = words;
  a = (a + b) | 0;
  b = ((b << r[0]) | (b >>> (32 - r[0]))) ^ a;
  a = (a + b) | 0;
  b = ((b << r[1]) | (b >>> (32 - r[1]))) ^ a;
  a = (a + b) | 0;
  b = ((b << r[2]) | (b >>> (32 - r[2]))) ^ a;
  a = (a + b) | 0;
  b = ((b << r[3]) | (b >>> (32 - r[3]))) ^ a;
  words[0] = a;
  words[1] = b;
};

/** One block, in place: five groups of mixing rounds, two key words added after each. */
const hash = (words: Int32Array, k0: number, k1: number): void => {
  const k2 = k0 ^ k1 ^ parity;
  const add = (first: number, second: number): void => {
    words[0] = at(words, 0) + first;
    words[1] = at(words, 1) + second;
  };
  add(k0, k1);
  mix(words, even);
  add(k1, k2 + 1);
  mix(words, odd);
  add(k2, k0 + 2);
  mix(words, even);
  add(k0, k1 + 3);
  mix(words, odd);
  add(k1, k2 + 4);
  mix(words, even);
  add(k2, k0 + 5);
};

const evaluateHost = (inputs: readonly HostArray[]): readonly HostArray[] => {
  const shape = broadcastShapes("threefry2x32", ...inputs.map((x) => x.shape));
  const n = sizeOf(shape);
  const [k0, k1, x0, x1] = four(inputs.map((x) => reader(x, shape)));
  const [y0, y1, words] = [new Uint32Array(n), new Uint32Array(n), new Int32Array(2)];
  for (let i = 0; i < n; i++) {
    words[0] = x0(i);
    words[1] = x1(i);
    hash(words, k0(i), k1(i));
    y0[i] = at(words, 0);
    y1[i] = at(words, 1);
  }
  return [
    { shape, dtype: "uint32", data: y0 },
    { shape, dtype: "uint32", data: y1 },
  ];
};

const reader = (x: HostArray, shape: Shape): ((i: number) => number) => {
  if (x.data.length === 1) {
    const value = at(x.data, 0);
    return () => value;
  }
  const data = broadcastData(x, shape);
  return (i) => at(data, i);
};

const rotateLeft = (x: Tensor, count: number): Tensor =>
  bindOne(
    orP,
    [
      bindOne(shiftLeftP, [x, x.literal(count, "uint32")], {}),
      bindOne(shiftRightLogicalP, [x, x.literal(32 - count, "uint32")], {}),
    ],
    {},
  );

const sum = (a: Tensor, b: Tensor): Tensor => bindOne(addP, [a, b], {});
const xor = (a: Tensor, b: Tensor): Tensor => bindOne(xorP, [a, b], {});

const decomposed = (k0: Tensor, k1: Tensor, x0: Tensor, x1: Tensor): readonly Tensor[] => {
  const keys = [k0, k1, xor(xor(k0, k1), k0.literal(parity, "uint32"))] as const;
  let [a, b] = [sum(x0, k0), sum(x1, k1)];
  for (let group = 0; group < 5; group++) {
    for (const r of group % 2 === 0 ? even : odd) {
      a = sum(a, b);
      b = xor(rotateLeft(b, r), a);
    }
    a = sum(a, keys[(group + 1) % 3] ?? k0);
    b = sum(sum(b, keys[(group + 2) % 3] ?? k0), k0.literal(group + 1, "uint32"));
  }
  return [a, b];
};

const outputs = (inputs: readonly Aval[]): readonly Aval[] => {
  if (four(inputs).some((x) => x.dtype !== "uint32"))
    throw new DTypeError({
      operation: "threefry2x32",
      rule: "operands must be uint32",
      got: formatAvals(inputs),
    });
  const shape = broadcastShapes("threefry2x32", ...inputs.map((x) => x.shape));
  return [
    { shape, dtype: "uint32" },
    { shape, dtype: "uint32" },
  ];
};

/**
 * The Threefry-2x32 hash with 20 rounds of two counter words under two key words, elementwise with broadcasting:
 * (k0, k1, x0, x1) to (y0, y1). Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.
 */
export const threefryP: Primitive<NoParams> = {
  name: "threefry2x32",
  abstractEval: outputs,
  evaluate: evaluateHost,
  vmap: (inputs, batched) => ({
    outputs: bind(threefryP, alignBatched(inputs, batched), {}),
    batched: [true, true],
  }),
  decompose: (inputs) => decomposed(...four(inputs)),
};
