import { dim, type Shape } from "@adjoint/core/backend";
import { intAttribute, intsAttribute } from "../proto/attributes.ts";
import { like, reshape, transpose } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { type LoweringTable, NoKernelError, two } from "./lowering.ts";
import { pad } from "./movement.ts";
import { numberParam, numbersParam, pairsParam } from "@adjoint/core/passes";
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

/** A kernel of no spatial axes is one of size 1. */
const atLeastOneAxis = (g: G, x: Value): Value =>
  x.shape.length > 2 ? x : reshape(g, x, [...x.shape, 1]);

type Window = { readonly strides: Shape; readonly dilations: Shape; readonly groups: number };

const convNode = (
  g: G,
  x: Value,
  kernel: Value,
  spatial: Shape,
  { strides, dilations, groups }: Window,
): Value => {
  const shape = [dim(x.shape, 0), dim(kernel.shape, 0), ...spatial];
  return g.node(
    "Conv",
    [x, kernel],
    { type: x.type, shape },
    {
      strides: intsAttribute(strides),
      dilations: intsAttribute(dilations),
      pads: intsAttribute([...strides, ...strides].map(() => 0)),
      group: intAttribute(groups),
      kernel_shape: intsAttribute(kernel.shape.slice(2)),
    },
  );
};

const orOne = (list: Shape): Shape => (list.length === 0 ? [1] : list);

/** Convolution. */
export const convLowerings: LoweringTable = {
  conv: two((g, x, kernel, params, { outputs: [result] }) => {
    if (x.type !== "float32") throw new NoKernelError("conv", x.type);
    const shape = result?.shape ?? [];
    const padding = pairsParam(params, "padding");
    const edge = (side: number): Shape => [0, 0, ...padding.map((p) => p[side] ?? 0)];
    const gaps = [0, 0, ...numbersParam(params, "lhsDilation").map((d) => d - 1)];
    const padded = pad(g, x, like(g, 0, x), edge(0), edge(1), gaps);
    const batchGroups = numberParam(params, "batchGroups");
    const grouped = atLeastOneAxis(g, groupsToChannels(g, padded, batchGroups));
    const window = {
      strides: orOne(numbersParam(params, "strides")),
      dilations: orOne(numbersParam(params, "rhsDilation")),
      groups: numberParam(params, "groups") * batchGroups,
    };
    return reshape(
      g,
      convNode(g, grouped, atLeastOneAxis(g, kernel), orOne(shape.slice(2)), window),
      shape,
    );
  }),
};
