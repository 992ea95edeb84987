import { dim, type Params, type Shape, sizeOf } from "@adjoint/core/backend";
import { flagParam, numberParam, numbersParam, pairsParam } from "@adjoint/core/passes";
import { foldedConv } from "./conv-folded.ts";
import { transposedConv, transposedKernel } from "./conv-transposed.ts";
import { atLeastOneAxis, convNode, surround, type Window } from "./conv-window.ts";
import { reshape, transpose } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { type LoweringTable, NoKernelError, two } from "./lowering.ts";
import type { Value } from "./value.ts";

type G = GraphBuilder;

/** Groups of examples become groups of channels: (b n, c, ...) to (n, b c, ...). */
const groupsToChannels = (g: G, x: Value, groups: number): Value => {
  if (groups === 1) return x;
  const [n, c, spatial] = [dim(x.shape, 0) / groups, dim(x.shape, 1), x.shape.slice(2)];
  const split = reshape(g, x, [groups, n, c, ...spatial]);
  const moved = transpose(g, split, [1, 0, 2, ...spatial.map((_, i) => i + 3)]);
  return reshape(g, moved, [n, groups * c, ...spatial]);
};

const orOne = (list: Shape): Shape => (list.length === 0 ? [1] : list);

const windowOf = (params: Params): Window => {
  const padding = pairsParam(params, "padding");
  return {
    strides: orOne(numbersParam(params, "strides")),
    dilations: orOne(numbersParam(params, "rhsDilation")),
    padding: padding.length === 0 ? [[0, 0]] : padding,
    groups: numberParam(params, "groups") * numberParam(params, "batchGroups"),
  };
};

/** Elements of a column matrix that `ConvTranspose` may hold for an example where a convolution is as fast: 64 MiB. */
const mostColumns = 2 ** 24;

/** Whether `ConvTranspose` by a kernel (O, C, ...window) would hold more; over gaps it saves multiplying zeros, whatever it holds. */
const isTooWide = (x: Value, kernel: Value): boolean =>
  sizeOf(kernel.shape.slice(1)) * sizeOf(x.shape.slice(2)) > mostColumns;

/** The convolution over `x` with `steps - 1` zeros between neighbours; the kernel may be told as its transpose. */
const convOverGaps = (
  g: G,
  x: Value,
  kernel: Value,
  window: Window,
  { steps, isTransposed }: { readonly steps: Shape; readonly isTransposed: boolean },
): Value => {
  const { strides, dilations, padding, groups } = window;
  const other = (): Value => transposedKernel(g, kernel, groups);
  const hasGaps = steps.some((step) => step > 1);
  const spreads = hasGaps || (isTransposed && !isTooWide(x, kernel));
  if (spreads && strides.every((stride) => stride === 1)) {
    const spread = { steps, dilations, padding, groups };
    const result = transposedConv(g, x, isTransposed ? kernel : other(), spread);
    if (result !== undefined) return result;
  }
  const own = isTransposed ? other() : kernel;
  const wide = hasGaps
    ? surround(
        g,
        x,
        padding,
        steps.map((step) => step - 1),
      )
    : x;
  const left = hasGaps ? { ...window, padding: padding.map(() => [0, 0]) } : window;
  return foldedConv(g, wide, own, left) ?? convNode(g, wide, own, left);
};

/** Convolution. */
export const convLowerings: LoweringTable = {
  conv: two((g, x, kernel, params, { outputs: [result] }) => {
    if (x.type !== "float32") throw new NoKernelError("conv", x.type);
    const grouped = groupsToChannels(g, x, numberParam(params, "batchGroups"));
    const y = convOverGaps(
      g,
      atLeastOneAxis(g, grouped),
      atLeastOneAxis(g, kernel),
      windowOf(params),
      {
        steps: orOne(numbersParam(params, "lhsDilation")),
        isTransposed: flagParam(params, "kernelTransposed"),
      },
    );
    return reshape(g, y, result?.shape ?? y.shape);
  }),
};
