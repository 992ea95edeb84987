import { type DType, isFloat, type Tensor, vmap } from "@adjoint/core";
import type { Arg, Case, Program } from "../row.ts";
import { floatPart, hasDerivatives, orderOf, pullback } from "./derivatives.ts";
import { call, expectClose, read, roundings, tensorsOf, type Value } from "./values.ts";

const examples = 3;

const rotated = (data: readonly number[], by: number): readonly number[] =>
  data.map((_, i) => data[(i + by) % data.length] ?? 0);

/** A scalar has no order to change: flags turn, whole numbers count up, floats shrink. */
const variedScalar = (dtype: DType, x: number, n: number): number => {
  if (dtype === "bool") return n % 2 === 0 ? x : 1 - x;
  return isFloat(dtype) ? x * (1 - 0.25 * n) : x + n;
};

/** The argument of example `n` of a batch. */
const varied = ({ shape, dtype, data }: Arg, n: number, { vary = "rotate" }: Case): Arg => {
  if (data.length !== 1 && (vary === "rotate" || !isFloat(dtype)))
    return { shape, dtype, data: vary === "rotate" ? rotated(data, n) : data };
  return { shape, dtype, data: data.map((x) => variedScalar(dtype, x, n)) };
};

/** Examples stacked along a new axis, the first or the last. */
const stacked = (list: readonly Arg[], place: 0 | -1): Arg => {
  const [first] = list as readonly [Arg];
  const data =
    place === 0
      ? list.flatMap((a) => a.data)
      : first.data.flatMap((_, i) => list.map((a) => a.data[i] ?? 0));
  return {
    dtype: first.dtype,
    data,
    shape: place === 0 ? [list.length, ...first.shape] : [...first.shape, list.length],
  };
};

/** Every argument alone, then all of them. */
const choices = (count: number): readonly (readonly boolean[])[] => {
  const each = Array.from({ length: count }, (_, k) =>
    Array.from({ length: count }, (_unused, i) => i === k),
  );
  return count === 1 ? each : [...each, each.map(() => true)];
};

const joined = (rows: readonly (readonly Value[])[]): readonly Value[] =>
  (rows[0] ?? []).map(({ shape, dtype }, i) => ({
    shape: [rows.length, ...shape],
    dtype,
    data: rows.flatMap((values) => Array.from(values[i]?.data ?? [])),
  }));

const compare = async (
  what: string,
  run: Program,
  c: Case,
  mapped: readonly boolean[],
  place: 0 | -1,
): Promise<void> => {
  const argsOf = (n: number): readonly Arg[] =>
    c.args.map((arg, i) => (mapped[i] ? varied(arg, n, c) : arg));
  const all = Array.from({ length: examples }, (_, n) => argsOf(n));
  const batch = c.args.map((arg, i) =>
    mapped[i]
      ? stacked(
          all.map((args) => args[i] ?? arg),
          place,
        )
      : arg,
  );
  const inAxes = mapped.map((m) => (m ? place : null));
  const list = (...xs: readonly Tensor[]): readonly Tensor[] => call(run, xs);
  const actual = await read(vmap(list, { inAxes: inAxes as never })(...tensorsOf(batch)));
  const rows = await Promise.all(all.map((args) => read(list(...tensorsOf(args)))));
  expectClose(`${what}, mapped ${inAxes.join()}`, actual, joined(rows), roundings);
};

/** `vmap` over each argument and over all, of the program and of its derivative, against a loop. */
export const checkBatching = async (c: Case): Promise<void> => {
  if (c.args.length === 0) return; // nothing to map over
  for (const mapped of choices(c.args.length)) {
    await compare("vmap", c.run, c, mapped, 0);
    const everything = mapped.every(Boolean);
    if (everything) await compare("vmap", c.run, c, mapped, -1);
    if (!hasDerivatives(c) || orderOf(c) === 0) continue;
    const derivative = ((...xs: readonly Tensor[]) =>
      pullback(floatPart(c.run, xs))(
        ...xs.filter((x) => x.dtype.includes("float")),
      )) as unknown as Program;
    await compare("vmap of the derivative", derivative, c, mapped, 0);
  }
};
