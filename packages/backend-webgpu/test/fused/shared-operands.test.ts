import { attention, foriLoop, sigmoid, type Tensor } from "@adjoint/core";
import { afterAll, describe, it } from "vitest";
import {
  type Argument,
  checkFused,
  floats,
  type Program,
  roundings,
} from "../support/check-fused.ts";
import { softwareBackend } from "../support/software-backend.ts";

const backend = await softwareBackend();
afterAll(() => backend.dispose());

/** Sums of 64 products whose terms cancel. */
const tolerance = { ...roundings, absolute: 2e-6 };

const square = (n: number, seed = 1): Argument => floats([n, n], seed, 0.3);

/** The left or right side of a product that is read elsewhere in its kernel too. */
const programs: Readonly<Record<string, readonly [readonly Argument[], Program]>> = {
  "x x": [[square(64)], (x) => [x!.matmul(x!)]],
  "x x, of no whole quads": [[square(17)], (x) => [x!.matmul(x!)]],
  "x x, batched": [[floats([3, 16, 16])], (x) => [x!.matmul(x!)]],
  "x x'": [[square(64)], (x) => [x!.matmul(x!.transpose())]],
  "x' x, centred": [
    [floats([32, 16])],
    (x) => {
      const y = x!.sub(x!.mean([0], { keepDims: true }));
      return [y.transpose().matmul(y)];
    },
  ],
  "a b + b": [[square(64), square(64, 2)], (a, b) => [a!.matmul(b!).add(b!)]],
  "a b + a": [[square(64), square(64, 2)], (a, b) => [a!.matmul(b!).add(a!)]],
  "x x + x": [[square(64)], (x) => [x!.matmul(x!).add(x!)]],
  "gate of a square": [[square(16)], (x) => [sigmoid(x!.matmul(x!)).mul(x!)]],
  "two parts of one array": [
    [floats([2, 16, 16])],
    (x) => [x!.slice([0, 0, 0], [1, 16, 16]).matmul(x!.slice([1, 0, 0], [2, 16, 16]))],
  ],
  "a step of Newton and Schulz": [
    [square(16)],
    (x) => {
      const gram = x!.matmul(x!.transpose());
      const poly = gram.mul(-4.775).add(gram.matmul(gram).mul(2.0315));
      return [x!.mul(3.4445).add(poly.matmul(x!))];
    },
  ],
  "powers in a loop": [
    [square(16)],
    (x) => [foriLoop(0, 3, (_: Tensor, y: Tensor) => y.matmul(y).mul(0.5), x!)],
  ],
  "attention of an array to itself": [[floats([2, 2, 8, 16])], (x) => [attention(x!, x!, x!)]],
  "attention with keys as values": [
    [floats([2, 2, 8, 16]), floats([2, 2, 8, 16], 2)],
    (q, k) => [attention(q!, k!, k!, { causal: true }).add(q!)],
  ],
  "attention with its own bias": [
    [floats([2, 16, 16])],
    (x) => [attention(x!, x!, x!, { bias: x! })],
  ],
  "attention with a view of itself as bias": [
    [floats([2, 16, 16])],
    (x) => [attention(x!, x!, x!, { bias: x!.transpose([0, 2, 1]) })],
  ],
};

describe("arrays that a kernel reads in two ways", () => {
  it.each(Object.keys(programs))("%s", (name) => {
    const [args, program] = programs[name]!;
    return checkFused(backend, args, program, { tolerance });
  });

  it.each(["float16", "bfloat16", "int32"] as const)("x x of %s", (dtype) =>
    checkFused(backend, [{ ...floats([16, 16], 1, 4), dtype }], (x) => [x!.matmul(x!)], {
      gradients: false,
      tolerance: dtype === "int32" ? tolerance : { relative: 1e-2, ofLargest: 1e-2 },
    }),
  );
});
