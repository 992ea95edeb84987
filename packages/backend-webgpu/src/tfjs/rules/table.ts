import { elementwiseRules } from "./elementwise.ts";
import { movementRules } from "./movement.ts";
import { productRules } from "./product.ts";
import { reductionRules } from "./reduction.ts";
import type { RuleTable } from "./rule.ts";

/** What TensorFlow.js computes; everything else runs with the reference kernels. */
export const rules: RuleTable = {
  ...elementwiseRules,
  ...movementRules,
  ...reductionRules,
  ...productRules,
};
