/** A slice of a stored array: part of one axis. */
export type StoredSlice = { readonly axis: number; readonly start: number; readonly size: number };

/** Where a parameter lies in a checkpoint, and how it is stored there. */
export type WeightRule = {
  /** Its path in the tree of parameters. */
  readonly path: readonly (string | number)[];
  /** Its shape in the tree; with `member`, that of one member. */
  readonly shape: readonly number[];
  /** Name in the checkpoint. */
  readonly name: string;
  /** Names that it has in older files: the first that is there is read where `name` is not. */
  readonly formerNames?: readonly string[];
  /** Whether the stored matrix is the transpose, as PyTorch's linear layers have it. */
  readonly transposed?: boolean;
  /** Shape in the checkpoint, where that has other axes around the same elements. */
  readonly stored?: readonly number[];
  /** Which part of the stored array it is, where several parameters share one. */
  readonly slice?: StoredSlice;
  /** Index along a leading axis of the parameter, where that stacks several stored arrays. */
  readonly member?: { readonly index: number; readonly count: number };
};

/** The shape of the whole parameter, all members of a stack included. */
export const paramShape = ({
  shape,
  member,
}: Pick<WeightRule, "shape" | "member">): readonly number[] =>
  member === undefined ? shape : [member.count, ...shape];

/** The shape of what the rule takes, as it lies in the checkpoint but for axes around the same elements. */
export const plainShape = ({ shape, transposed = false }: WeightRule): readonly number[] =>
  transposed ? shape.toReversed() : shape;

/** The shape of the stored array, or of the part of it that the rule takes. */
const storedShape = (rule: WeightRule): readonly number[] => rule.stored ?? plainShape(rule);

/** Shapes of the stored arrays: where several parameters share one, their parts add up. */
export const storedShapes = (
  rules: readonly WeightRule[],
): ReadonlyMap<string, readonly number[]> => {
  const shapes = new Map<string, readonly number[]>();
  for (const rule of rules) {
    const { slice, name } = rule;
    const own = storedShape(rule);
    const before = slice === undefined ? 0 : (shapes.get(name)?.[slice.axis] ?? 0);
    const length = slice === undefined ? 0 : Math.max(before, slice.start + slice.size);
    shapes.set(name, slice === undefined ? own : own.with(slice.axis, length));
  }
  return shapes;
};
