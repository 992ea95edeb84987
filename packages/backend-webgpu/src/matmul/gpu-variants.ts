import type { MatmulProfile } from "./matmul-profile.ts";
import type { MatmulShape } from "./matmul-spec.ts";
import type { MatmulVariant, ThinVariant, TileVariant } from "./matmul-variant.ts";
import { leftSide, rightSide } from "./matrix-side.ts";
import { splitsOf, workgroupBytes } from "./tile-kernel.ts";

const tiles = (
  rows: number,
  columns: number,
  group: number,
  depth: number,
): Omit<TileVariant, "splits"> => ({
  kind: "tiles",
  rows,
  columns,
  groupRows: group,
  groupColumns: group,
  depth,
});

/** Tiles and the share of the arithmetic peak that their loads from workgroup memory leave them; estimates. */
const choices: readonly (readonly [Omit<TileVariant, "splits">, number])[] = [
  [tiles(8, 8, 16, 8), 0.9],
  [tiles(8, 4, 16, 16), 0.85],
  [tiles(4, 4, 16, 16), 0.7],
  [tiles(8, 8, 8, 16), 0.75],
  [tiles(4, 4, 8, 16), 0.5],
];

/** Workgroups that keep a GPU busy: two for each of the 30 to 60 cores of a usual one. */
const busy = 96;

/** Floating point operations in the time that a byte takes, and that one more dispatch takes. */
const perByte = 25;
const perDispatch = 3e7;

/** Estimated time of a variant, in operations at peak. */
const costOf = (shape: MatmulShape, variant: TileVariant, efficiency: number): number => {
  const { m, n, k, batch } = shape;
  const { rows, columns, groupRows, groupColumns, depth } = variant;
  const [tileRows, tileColumns] = [rows * groupRows, columns * groupColumns];
  const splits = splitsOf(shape, variant);
  const planes = batch * Math.ceil(m / tileRows) * Math.ceil(n / tileColumns);
  const steps = Math.ceil(Math.ceil(k / depth) / splits) * depth;
  const rounds = Math.max(1, (planes * splits) / busy);
  const arithmetic = (2 * tileRows * tileColumns * steps * rounds * busy) / efficiency;
  if (splits === 1) return arithmetic;
  return arithmetic + 4 * (2 * splits + 1) * batch * m * n * perByte + perDispatch;
};

/** One split, or as many as fill the GPU while each has 128 steps or more. */
const splitChoices = (
  shape: MatmulShape,
  variant: Omit<TileVariant, "splits">,
): readonly number[] => {
  const { m, n, k, batch } = shape;
  const down = Math.ceil(m / (variant.rows * variant.groupRows));
  const across = Math.ceil(n / (variant.columns * variant.groupColumns));
  const wanted = Math.ceil(busy / (batch * down * across));
  const splits = Math.min(wanted, Math.floor(k / 128), 32);
  return splits > 1 ? [1, splits] : [1];
};

const tileVariants = (shape: MatmulShape, profile: MatmulProfile): readonly TileVariant[] => {
  const room = Math.min(16_384, profile.workgroupStorage);
  return choices
    .flatMap(([tile, efficiency]) =>
      splitChoices(shape, tile).map((splits) => {
        const variant = { ...tile, splits };
        return { variant, cost: costOf(shape, variant, efficiency) };
      }),
    )
    .filter(({ variant }) => workgroupBytes(shape, variant) <= room)
    .sort((x, y) => x.cost - y.cost)
    .map(({ variant }) => variant);
};

const pow2AtMost = (n: number): number => 2 ** Math.floor(Math.log2(Math.max(1, n)));

/** Invocations of a workgroup. */
const threads = 256;

/** Invocations in a row read neighbouring numbers; the rest of the workgroup goes the other way. */
const thinVariants = (shape: MatmulShape): readonly ThinVariant[] => {
  const { m, n, k } = shape;
  const long = m <= n ? rightSide(shape) : leftSide(shape);
  const alongK = long.along === "k";
  const most = pow2AtMost(Math.ceil(k / (alongK && !long.vector ? 1 : 4)));
  const shares = (alongK ? [32, 64, 256] : [8, 16, 4]).map((slices) => Math.min(slices, most));
  return [...new Set(shares)].map((slices) => ({
    kind: "thin",
    lines: Math.min(threads / slices, alongK ? 8 : 32),
    slices,
  }));
};

/** Most rows or columns for which a matrix is multiplied by vectors. */
const few = 4;

/**
 * Variants for a GPU, by arithmetic intensity and occupancy: large tiles where there are enough of them, smaller ones or parts
 * of k where there are not, and a reduction where one operand is a vector or a few.
 */
export const gpuVariants = (
  shape: MatmulShape,
  profile: MatmulProfile,
): readonly MatmulVariant[] => {
  const staged = tileVariants(shape, profile).slice(0, 4);
  return Math.min(shape.m, shape.n) <= few
    ? [...thinVariants(shape), ...staged.slice(0, 1)]
    : staged;
};
