import type { Params } from "@adjoint/core/backend";
import { intAttribute } from "../proto/attributes.ts";
import { dynamicSlice, dynamicUpdateSlice } from "./dynamic-slice.ts";
import { cast, expand, reshape } from "./emit.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { clamp, layoutOf } from "./index-layout.ts";
import { type LoweringTable, two } from "./lowering.ts";
import { flagParam, numberParam } from "@adjoint/core/passes";
import { scatter } from "./scatter.ts";
import type { Value } from "./value.ts";

type G = GraphBuilder;

const gather = (g: G, x: Value, indices: Value, params: Params): Value => {
  const batchDims = numberParam(params, "batchDims");
  const { batch, inner, outer, window } = layoutOf(x, indices, batchDims);
  const shape = [...batch, ...outer, ...window];
  if (inner.length === 0)
    return expand(g, reshape(g, x, [...batch, ...outer.map(() => 1), ...window]), shape);
  const places = flagParam(params, "inRange") ? indices : clamp(g, indices, inner);
  if (batchDims === 0 && inner.length === 1)
    return g.node(
      "Gather",
      [x, reshape(g, places, outer)],
      { type: x.type, shape },
      { axis: intAttribute(0) },
    );
  return g.node(
    "GatherND",
    [x, cast(g, places, "int64")],
    { type: x.type, shape },
    { batch_dims: intAttribute(batchDims) },
  );
};

/** Operations that read or write at computed places. */
export const indexingLowerings: LoweringTable = {
  gather: two((g, x, indices, params) => gather(g, x, indices, params)),
  scatter,
  dynamicSlice,
  dynamicUpdateSlice,
};
