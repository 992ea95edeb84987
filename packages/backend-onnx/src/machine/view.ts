import { dim, type Shape, sizeOf, stridesOf, type Var } from "@adjoint/core/backend";

/** Elements of an array in memory, in the order of `shape`; strides and offset count elements, 0 repeats. */
export type View = {
  /** The name whose memory it reads. */
  readonly base: Var;
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
};

/** All of a name, row-major. */
export const wholeView = (base: Var): View => ({
  base,
  offset: 0,
  shape: base.aval.shape,
  strides: stridesOf(base.aval.shape),
});

/** The view with its axes in another order. */
export const permuteView = (view: View, perm: readonly number[]): View => ({
  ...view,
  shape: perm.map((axis) => dim(view.shape, axis)),
  strides: perm.map((axis) => view.strides[axis] ?? 0),
});

/** The elements from `start`, `limit` of them, every `step`-th, along each axis. */
export const sliceView = (
  view: View,
  start: readonly number[],
  sizes: Shape,
  steps: readonly number[],
): View => ({
  base: view.base,
  offset: start.reduce((sum, s, axis) => sum + s * (view.strides[axis] ?? 0), view.offset),
  shape: sizes,
  strides: view.strides.map((s, axis) => s * (steps[axis] ?? 1)),
});

/** The view repeated along new leading axes and along axes of size 1. */
export const broadcastView = (view: View, shape: Shape): View => {
  const lead = shape.length - view.shape.length;
  const strides = shape.map((size, axis) => {
    const own = axis - lead;
    return own < 0 || (view.shape[own] === 1 && size !== 1) ? 0 : (view.strides[own] ?? 0);
  });
  return { ...view, shape, strides };
};

/** The same elements under another shape, where no copy is needed for it; undefined elsewhere. */
export const reshapeView = (view: View, shape: Shape): View | undefined => {
  if (isDense(view)) return { ...view, shape, strides: stridesOf(shape) };
  const from = view.shape
    .map((size, axis) => ({ size, stride: view.strides[axis] ?? 0 }))
    .filter((a) => a.size !== 1);
  const strides: number[] = [];
  let rest = 1;
  let current: { readonly size: number; readonly stride: number } | undefined;
  let stride = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = dim(shape, axis);
    if (size === 1) {
      strides[axis] = 0;
      continue;
    }
    if (rest === 1) {
      current = from.pop();
      if (current === undefined) return undefined;
      rest = current.size;
      stride = current.stride;
      // axes that follow each other in memory count as one
      for (
        let next = from.at(-1);
        next !== undefined && next.stride === current.stride * rest;
        next = from.at(-1)
      ) {
        rest *= next.size;
        from.pop();
      }
    }
    if (rest % size !== 0) return undefined;
    strides[axis] = stride;
    stride *= size;
    rest /= size;
  }
  return { ...view, shape, strides };
};

/** Whether the elements lie one after the other. */
export const isDense = ({ shape, strides }: View): boolean => {
  const dense = stridesOf(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === dense[axis]);
};

/** Whether a view is all of its base, in its order. */
export const isWhole = (view: View): boolean =>
  view.offset === 0 && sizeOf(view.shape) === sizeOf(view.base.aval.shape) && isDense(view);
