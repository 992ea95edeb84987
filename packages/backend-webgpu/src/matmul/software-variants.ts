import type { DeviceProfile } from "./device-profile.ts";
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
  unroll: 4,
  groupRows: 1,
  groupColumns: 4,
  pass: false,
  ...more,
});

/** Columns for each of four invocations side by side. */
const columnsFor = (n: number): number => (n <= 4 ? 1 : n <= 8 ? 2 : 4);

/** Few rows or few columns: nothing to share, the other matrix is read once. */
const thin = ({ m, n }: Sizes): readonly RegisterVariant[] => {
  if (m < 4 && n > 1) return [registers(m, columnsFor(n))];
  return [registers(Math.min(m, 4), n, { groupRows: 4, groupColumns: 1 })];
};

/** Below this many multiplications a larger kernel is not worth its compilation, which takes five times as long. */
const large = 2 ** 26;

/**
 * Variants for an adapter that runs on a CPU, as SwiftShader does: it gathers every number that a load brings lane by lane
 * (about 10 ns for four lanes, whatever the addresses; a multiplication and addition takes 0.4 ns, a broadcast 0.7 ns, and a sum
 * 1.4 ns to carry around a loop), so what counts is the number of loads; barriers and workgroup memory gain nothing.
 */
export const softwareVariants = (
  sizes: Sizes,
  { subgroups }: DeviceProfile,
): readonly RegisterVariant[] => {
  const { m, n, k, batch } = sizes;
  if (m < 4 || n === 1) return thin(sizes);
  const columns = columnsFor(n);
  const small = registers(m <= 4 ? 4 : 8, columns, { pass: subgroups });
  if (m <= 8 || columns < 4 || batch * m * n * k < large) return [small];
  return [registers(16, 8, { pass: subgroups }), small];
};
