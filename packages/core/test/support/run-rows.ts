import { arange, grad, isFloat, isTensor, sum, type Tensor } from "@adjoint/core";
import { describe, it } from "vitest";
import {
  decode,
  type Decoded,
  expectNumbers,
  expectTensor,
  numbers,
  type Row,
} from "./fixtures.ts";

// `never` fits every parameter: rows are data, and what they say is checked by the function they call
type Args = readonly [never, never, never, ...(readonly never[])];

/** A function of the library called as a fixture row says: positional arguments, then options. */
export type Adapter = (args: Args, options: never) => Tensor | readonly Tensor[];

const listOf = (result: Tensor | readonly Tensor[]): readonly Tensor[] =>
  isTensor(result) ? [result] : result;

/** sum(out * cos(0, 1, 2, ...)) over the float results: the scalar whose gradients the fixtures hold. */
const weighted = (result: Tensor | readonly Tensor[]): Tensor =>
  listOf(result)
    .filter((t) => isFloat(t.dtype))
    .map((t) => sum(t.mul(arange(0, t.size, { dtype: t.dtype }).cos().reshape(t.shape))))
    .reduce((a, b) => a.add(b));

const checkValue = (
  run: Adapter,
  row: Row,
  args: readonly Decoded[],
  options: Readonly<Record<string, Decoded>>,
): void => {
  const actual = listOf(run(args as unknown as Args, options as never));
  const expected = Array.isArray(row.out) ? row.out : [row.out];
  expected.forEach((e, i) => expectTensor(actual[i], e, `${row.op}, result ${i}`));
};

const checkGradients = (
  run: Adapter,
  row: Row,
  args: readonly Decoded[],
  options: Readonly<Record<string, Decoded>>,
): void => {
  row.grads?.forEach((expected, place) => {
    if (expected === null) return;
    const f = (x: unknown): Tensor => {
      const full = args.map((a, i) => (i === place ? x : a));
      return weighted(run(full as unknown as Args, options as never));
    };
    const actual = grad(f)(args[place]) as Tensor | readonly Tensor[];
    const lists = isTensor(actual) ? [expected] : expected;
    listOf(actual).forEach((t, i) => {
      expectNumbers(
        t.dataSync(),
        numbers(lists[i] as readonly number[]),
        2e-5,
        `${row.op}, gradient ${place}`,
      );
    });
  });
};

/** Registers a test for every fixture row of the named operations: values, dtypes, shapes and gradients. */
export const testRows = (
  adapters: Readonly<Record<string, Adapter>>,
  table: readonly Row[],
  source: string,
): void => {
  describe.each(Object.entries(adapters))(`%s agrees with ${source}`, (op, run) => {
    const own = table.filter((row) => row.op === op);
    it.each(
      own.map((row, i) => [`${i} ${row.note ?? ""} ${JSON.stringify(row.options)}`, row] as const),
    )("%s", (_name, row) => {
      const args = row.args.map(decode);
      const options = Object.fromEntries(
        Object.entries(row.options).map(([k, v]) => [k, decode(v)]),
      );
      checkValue(run, row, args, options);
      checkGradients(run, row, args, options);
    });
  });
};
