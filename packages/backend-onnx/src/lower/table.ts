import { binaryLowerings } from "./binary.ts";
import { compositeLowerings } from "./composite.ts";
import { controlLowerings } from "./control.ts";
import { convLowerings } from "./conv.ts";
import { cumulativeLowerings } from "./cumulative.ts";
import { dotLowerings } from "./dot.ts";
import { indexingLowerings } from "./indexing.ts";
import type { LoweringTable } from "./lowering.ts";
import { movementLowerings } from "./movement.ts";
import { reductionLowerings } from "./reduction.ts";
import { sortingLowerings } from "./sorting.ts";
import { unaryLowerings } from "./unary.ts";

/** How each primitive becomes ONNX nodes. */
export const lowerings: LoweringTable = {
  ...unaryLowerings,
  ...binaryLowerings,
  ...movementLowerings,
  ...reductionLowerings,
  ...dotLowerings,
  ...indexingLowerings,
  ...sortingLowerings,
  ...cumulativeLowerings,
  ...convLowerings,
  ...compositeLowerings,
  ...controlLowerings,
};
