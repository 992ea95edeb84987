import type { MatmulProfile } from "./matmul-profile.ts";
import type { MatmulShape } from "./matmul-spec.ts";
import type { RegisterVariant } from "./matmul-variant.ts";

type Sizes = Pick<MatmulShape, "m" | "n" | "k" | "batch">;

const registers = (
  rows: number,
  columns: number,
  more: Partial<RegisterVariant> = {},
): RegisterVariant => ({
  kind: "registers",
  rows,
  columns,
  unroll: 2,
  groupRows: 1,
  groupColumns: 4,
  pass: false,
  ...more,
});

/** Columns for each of four invocations side by side. */
const columnsFor = (n: number): number => (n <= 4 ? 1 : n <= 8 ? 2 : 4);

/** Rows of an invocation that shares loads: no more than there are, but whole quads. */
const rowsFor = (m: number): number => Math.min(16, 4 * Math.ceil(m / 4));

/** Few rows or few columns: nothing to share, the other matrix is read once. */
const thin = ({ m, n }: Sizes): readonly RegisterVariant[] =>
  m < 4 && n > 1
    ? [registers(m, columnsFor(n), { unroll: 4 })]
    : [registers(Math.min(m, 4), n, { unroll: 4, groupRows: 4, groupColumns: 1 })];

/** From this many multiplications on, timing a second kernel pays. */
const large = 2 ** 24;

/**
 * Variants for an adapter that runs on a CPU. SwiftShader gathers what a load brings lane by lane, whatever the addresses and
 * wherever the memory: about 10 ns for four lanes, where a multiplication and addition takes 0.4 ns, a broadcast 0.7 ns, and a
 * sum 1.4 ns to carry around a loop. So the number of loads counts, and barriers and workgroup memory gain nothing; but the
 * body of the loop must stay small, or decoding it takes over. Mean over the shapes of a GPT step on two cores, GFLOP/s (and
 * ms to compile): passing on 16 x 4 by 2 steps 4.0 (72), 16 x 8 by 1 step 3.8 (86), 8 x 4 by 4 steps 3.2 (73), 16 x 8 by 4
 * steps 3.6 (269); without subgroups 16 x 8 by 4 steps 2.8 (402), 8 x 8 by 2 steps 2.6 (90), 8 x 4 by 4 steps 2.3 (147); one
 * element an invocation 0.5, tiles of 32 x 32 in workgroup memory 0.5 to 1.
 */
export const softwareVariants = (
  sizes: Sizes,
  { subgroups }: MatmulProfile,
): readonly RegisterVariant[] => {
  const { m, n, k, batch } = sizes;
  if (m < 4 || n === 1) return thin(sizes);
  const columns = columnsFor(n);
  const first = subgroups
    ? registers(rowsFor(m), columns, { pass: true })
    : registers(Math.min(8, rowsFor(m)), n > 16 ? 8 : columns);
  if (m <= 8 || n <= 32 || batch * m * n * k < large) return [first];
  return [first, subgroups ? registers(16, 8, { unroll: 1, pass: true }) : registers(8, 4)];
};
