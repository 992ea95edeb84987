import { ShapeError } from "./errors.ts";

/** Sizes of the axes of a tensor, outermost first. */
export type Shape = readonly number[];

/** Prints a shape as `[2,3]`. */
export const formatShape = (shape: Shape): string => `[${shape.join(",")}]`;

/** Number of elements of `shape`; 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

/** Whether two shapes are the same. */
export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** Row-major strides of a contiguous array of `shape`, in elements. */
export const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= dim(shape, i);
  }
  return strides;
};

/** Size of axis `i`, which must exist. */
export const dim = (shape: Shape, i: number): number => {
  const d = shape[i];
  if (d === undefined)
    throw new ShapeError({
      operation: "shape",
      rule: `axis ${i} must exist`,
      got: formatShape(shape),
    });
  return d;
};

/** NumPy broadcasting of several shapes; throws ShapeError when they do not fit. */
export const broadcastShapes = (operation: string, ...shapes: readonly Shape[]): Shape => {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    const dims = shapes.map((s) => s[s.length - rank + i] ?? 1);
    const wide = dims.filter((d) => d !== 1);
    if (wide.some((d) => d !== wide[0]))
      throw new ShapeError({
        operation,
        rule: "shapes must broadcast (equal sizes, or 1)",
        got: shapes.map(formatShape).join(" and "),
        fix: "reshape, transpose or expandDims one operand",
      });
    return wide[0] ?? 1;
  });
};

/** Turns a negative axis into its place from the front; throws ShapeError out of range. */
export const normalizeAxis = (operation: string, axis: number, rank: number): number => {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new ShapeError({
      operation,
      rule:
        rank === 0 ? "a scalar has no axes" : `axis must be an integer in [${-rank}, ${rank - 1}]`,
      got: `axis ${axis}`,
      fix: "count axes from 0, or from -1 at the end",
    });
  return axis < 0 ? axis + rank : axis;
};

/** `undefined` means all axes; otherwise the given ones, sorted, none twice. */
export const normalizeAxes = (
  operation: string,
  axis: number | readonly number[] | undefined,
  rank: number,
): readonly number[] => {
  if (axis === undefined) return Array.from({ length: rank }, (_, i) => i);
  if (typeof axis !== "number" && !Array.isArray(axis))
    throw new ShapeError({
      operation,
      rule: "axis must be a number or an array of them",
      got: typeof axis,
    });
  const axes = (typeof axis === "number" ? [axis] : axis).map((a) =>
    normalizeAxis(operation, a, rank),
  );
  if (new Set(axes).size !== axes.length)
    throw new ShapeError({
      operation,
      rule: "an axis may be named once",
      got: `[${axes.join(",")}]`,
    });
  return axes.sort((a, b) => a - b);
};

/** Throws ShapeError for what is no array; callers may have no type checker. */
export const requireList = (operation: string, shape: Shape): void => {
  if (Array.isArray(shape)) return;
  throw new ShapeError({
    operation,
    rule: "a shape is an array of sizes",
    got: typeof shape,
    fix: "write [n] for one axis",
  });
};

/** Throws ShapeError unless every size is a non-negative integer and the whole fits in 2^31 - 1 elements. */
export const checkShape = (operation: string, shape: Shape): Shape => {
  requireList(operation, shape);
  if (!shape.every((d) => Number.isInteger(d) && d >= 0))
    throw new ShapeError({
      operation,
      rule: "sizes must be non-negative integers",
      got: formatShape(shape),
    });
  if (sizeOf(shape) > 2 ** 31 - 1)
    throw new ShapeError({
      operation,
      rule: "a tensor holds at most 2^31 - 1 elements",
      got: `${formatShape(shape)}, ${sizeOf(shape)} elements`,
      fix: "split the work into batches",
    });
  return shape;
};
