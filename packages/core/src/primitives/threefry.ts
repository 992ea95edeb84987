import { DTypeError } from "../errors.ts";
import type { HostArray } from "../host-array.ts";
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

const rotateLeft32 = (x: number, count: number): number => (x << count) | (x >>> (32 - count));

/** One block, in place: five groups of four mixing rounds, with two of the three key words added after each. */
const hash = (words: Int32Array, k0: number, k1: number): void => {
  const k2 = k0 ^ k1 ^ parity;
  let [p, q, r] = [k0, k1, k2];
  let a = ((words[0] ?? 0) + p) | 0;
  let b = ((words[1] ?? 0) + q) | 0;
  for (let group = 1; group <= 5; group++) {
    const isEven = group % 2 === 1;
    a = (a + b) | 0;
    b = rotateLeft32(b, isEven ? 13 : 17) ^ a;
    a = (a + b) | 0;
    b = rotateLeft32(b, isEven ? 15 : 29) ^ a;
    a = (a + b) | 0;
    b = rotateLeft32(b, isEven ? 26 : 16) ^ a;
    a = (a + b) | 0;
    b = rotateLeft32(b, isEven ? 6 : 24) ^ a;
    const first = p;
    p = q;
    q = r;
    r = first;
    a = (a + p) | 0;
    b = (b + q + group) | 0;
  }
  words[0] = a;
  words[1] = b;
};

const evaluateHost = (inputs: readonly HostArray[]): readonly HostArray[] => {
  const shape = broadcastShapes("threefry2x32", ...inputs.map((x) => x.shape));
  const n = sizeOf(shape);
  const [k0, k1, x0, x1] = four(inputs.map((x) => reader(x, shape)));
  const [y0, y1, words] = [new Uint32Array(n), new Uint32Array(n), new Int32Array(2)];
  for (let i = 0; i < n; i++) {
    words[0] = x0(i);
    words[1] = x1(i);
    hash(words, k0(i) | 0, k1(i) | 0);
    y0[i] = words[0] ?? 0;
    y1[i] = words[1] ?? 0;
  }
  return [
    { shape, dtype: "uint32", data: y0 },
    { shape, dtype: "uint32", data: y1 },
  ];
};

const reader = (x: HostArray, shape: Shape): ((i: number) => number) => {
  if (x.data.length === 1) {
    const value = x.data[0] ?? 0;
    return () => value;
  }
  const data = broadcastData(x, shape);
  return (i) => data[i] ?? 0;
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
