import {
  checkpoint,
  cond,
  concatenate,
  cumsum,
  customJvp,
  type DType,
  exp,
  fromData,
  gelu,
  jit,
  layerNorm,
  logSoftmax,
  logsumexp,
  matmul,
  maximum,
  pad,
  rmsNorm,
  roll,
  scan,
  sigmoid,
  softmax,
  sort,
  split,
  stack,
  take,
  tensor,
  type Tensor,
  topK,
  where,
} from "@adjoint/core";
import fc from "fast-check";

/** Every value of a random program broadcasts to this shape. */
export const fullShape: readonly number[] = [2, 3];
const shapes: readonly (readonly number[])[] = [fullShape, [3], [2, 1], []];

const full = (x: Tensor): Tensor => x.broadcastTo(fullShape);
/** Keeps values and slopes moderate, so that differences stay accurate in long programs. */
const tame = (x: Tensor): Tensor => x.div(2).tanh().mul(2);

const cubic = customJvp(
  (x: Tensor) => x.pow(3),
  ([x], [t]) => [x.pow(3), t.mul(x.mul(x)).mul(3)] as const,
);

type Operation = (a: Tensor, b: Tensor) => Tensor;

/** Operations with derivatives of every order everywhere. */
const smooth: Readonly<Record<string, Operation>> = {
  add: (a, b) => tame(a.add(b)),
  sub: (a, b) => tame(a.sub(b)),
  mul: (a, b) => tame(a.mul(b)),
  div: (a, b) => tame(a.div(b.mul(b).add(1))),
  sin: (a) => a.sin(),
  cos: (a) => a.mul(1.3).cos(),
  tanh: (a) => a.tanh(),
  sigmoid: (a) => sigmoid(a),
  exp: (a) => exp(tame(a)).mul(0.3),
  log: (a) => a.mul(a).add(0.5).log(),
  sqrt: (a) => a.mul(a).add(0.3).sqrt(),
  pow: (a, b) => tame(a.mul(a).add(0.5).pow(b.tanh())),
  integerPow: (a) => tame(a.pow(3)),
  customJvp: (a) => tame(cubic(a.tanh())),
  softmax: (a) => softmax(full(a)),
  logSoftmax: (a) => tame(logSoftmax(full(a), 0)),
  logsumexp: (a, b) => tame(logsumexp(full(a).add(b), 1, { keepDims: true })),
  layerNorm: (a, b) => layerNorm(full(a).add(full(b).mul(0.5)), undefined, undefined, { eps: 0.3 }),
  rmsNorm: (a) => rmsNorm(full(a), undefined, { eps: 0.3 }),
  gelu: (a) => gelu(a),
  sum: (a) => tame(full(a).sum(0)),
  mean: (a) => full(a).mean(1, { keepDims: true }),
  prod: (a) => full(a).tanh().prod([0, 1]),
  matmul: (a, b) => tame(matmul(matmul(full(a), full(b).transpose()), full(a))),
  cumsum: (a) => tame(cumsum(full(a), 1)),
  transpose: (a, b) => full(a).transpose().mul(full(b).transpose()).tanh().transpose(),
  reshape: (a) => full(a).reshape([3, 2]).transpose().mul(0.9),
  slice: (a) => full(a).slice([0, 1], [2, 3]).sum(1, { keepDims: true }).mul(0.5),
  pad: (a) =>
    pad(full(a).slice([0, 0], [1, 3]), [
      [1, 0],
      [0, 0],
    ]),
  concatenate: (a, b) =>
    concatenate([full(a).slice([0, 0], [1, 3]), full(b).slice([1, 0], [2, 3])], 0),
  stack: (a, b) => stack([full(a).sum(0), full(b).sum(0).mul(0.5)]).tanh(),
  split: (a) => {
    const [left, middle, right] = split(full(a), 3, 1) as readonly [Tensor, Tensor, Tensor];
    return left.mul(middle).sub(right).tanh();
  },
  roll: (a, b) => roll(full(a), 1, 1).mul(b).tanh(),
  take: (a) => take(full(a), [2, 0, 0], { axis: 1 }),
  mask: (a, b) => where(tensor([[true, false, true]]), a, b),
  scan: (a, b) =>
    scan(
      (c: Tensor, x: Tensor) => [tame(c.mul(0.7).add(x.sum())), c.sin()] as const,
      a.sum(),
      full(b),
    )[1]
      .mean()
      .add(b)
      .mul(0.5),
  cond: (a, b) =>
    cond(
      true,
      (x: Tensor, y: Tensor) => x.mul(y).tanh(),
      (x: Tensor) => full(x.sum()),
      full(a),
      full(b),
    ),
  checkpoint: (a, b) => checkpoint((x: Tensor) => x.mul(b).sin())(a),
  jit: (a, b) => jit((x: Tensor, y: Tensor) => x.mul(y).cos())(a, b),
};

/** Operations with kinks: equal everywhere else, and chosen the same way by every transform. */
const kinked: Readonly<Record<string, Operation>> = {
  maximum: (a, b) => maximum(a, b.mul(0.9)),
  abs: (a) => a.abs(),
  sort: (a) => sort(full(a), 1),
  topK: (a) => topK(full(a), 1)[0],
  max: (a) => full(a).max(0),
  floor: (a) => a.add(a.mul(3).floor()).mul(0.5),
  choose: (a, b) => where(a.greater(b), a.mul(b), a.sub(b)).tanh(),
  dynamicCond: (a, b) =>
    cond(
      a.sum().greater(0),
      (x: Tensor) => x.sin(),
      (x: Tensor) => x.mul(0.5),
      full(b),
    ),
};

/** One step of a program: an operation on two earlier values, chosen by number. */
export type Step = { readonly operation: string; readonly a: number; readonly b: number };
export type RandomProgram = readonly Step[];

const table: Readonly<Record<string, Operation>> = { ...smooth, ...kinked };

const programOf = (
  names: readonly string[],
  lengths: { minLength: number; maxLength: number },
): fc.Arbitrary<RandomProgram> =>
  fc.array(
    fc.record({
      operation: fc.constantFrom(...names),
      a: fc.nat({ max: 40 }),
      b: fc.nat({ max: 40 }),
    }),
    lengths,
  );

const long = { minLength: 5, maxLength: 30 };

/** Programs of 5 to 30 smooth operations. */
export const smoothProgram: fc.Arbitrary<RandomProgram> = programOf(Object.keys(smooth), long);

/** Programs of 5 to 30 operations of any kind. */
export const anyProgram: fc.Arbitrary<RandomProgram> = programOf(Object.keys(table), long);

/** Programs short enough for orders of differentiation to be stacked on them. */
export const shortProgram: fc.Arbitrary<RandomProgram> = programOf(Object.keys(smooth), {
  minLength: 3,
  maxLength: 8,
});

/** Recent values are read more often than old ones. */
const pick = (values: readonly Tensor[], n: number): Tensor => {
  const back = n % Math.min(values.length, 4 + (n % 3));
  const value = values[values.length - 1 - back];
  if (value === undefined) throw new RangeError("a program needs inputs");
  return value;
};

const operationOf = (name: string): Operation => {
  const operation = table[name];
  if (operation === undefined) throw new RangeError(`no operation ${name}`);
  return operation;
};

/** Runs some steps of a program on the values so far. */
export const runSteps = (steps: RandomProgram, values: readonly Tensor[]): readonly Tensor[] =>
  steps.reduce<readonly Tensor[]>(
    (known, { operation, a, b }) => [
      ...known,
      operationOf(operation)(pick(known, a), pick(known, b)),
    ],
    values,
  );

const weightsFor = ({ dtype }: Tensor): Tensor =>
  tensor(
    [
      [1, -0.7, 0.4],
      [0.9, 1.3, -0.2],
    ],
    { dtype },
  );

/** The value a list of results stands for: a scalar that all of the last ones enter. */
export const lossOf = (values: readonly Tensor[]): Tensor =>
  values
    .slice(-3)
    .map((v, i) =>
      full(v)
        .mul(weightsFor(v))
        .mean()
        .mul(1 + i),
    )
    .reduce((sum, v) => sum.add(v));

/** A program as a scalar function of its inputs. */
export const lossFunction =
  (program: RandomProgram): ((...xs: readonly Tensor[]) => Tensor) =>
  (...xs) =>
    lossOf(runSteps(program, xs));

/** Numbers of moderate size for the inputs of a program: one of each shape. */
export const inputsOf = (dtype: DType): fc.Arbitrary<readonly Tensor[]> =>
  fc.array(fc.integer({ min: -150, max: 150 }), { minLength: 12, maxLength: 12 }).map((numbers) => {
    let next = 0;
    const element = (): number => (numbers[next++] ?? 0) / 100 + next * 1e-3;
    return shapes.map((shape) => {
      const length = shape.reduce((n, d) => n * d, 1);
      return fromData(Float64Array.from({ length }, element), shape, dtype);
    });
  });
