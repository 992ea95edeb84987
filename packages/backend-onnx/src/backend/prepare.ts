import type { Ir } from "@adjoint/core/backend";
import { mergeCommon } from "../passes/common-subexpressions.ts";
import { type Folded, foldConstants } from "../passes/constants.ts";
import { removeDeadCode } from "../passes/dead-code.ts";
import { decompose } from "../passes/decompose.ts";
import { replaceEmpty } from "../passes/empty.ts";
import { scaleProducts } from "../passes/dot-scale.ts";
import { shareWork } from "../passes/shared-work.ts";
import { simplify } from "../passes/simplify.ts";

/** A program made ready for lowering: only operations that have a kernel or that the host runs, and few of them. */
export const prepare = (ir: Ir): Folded => {
  const known = [decompose, replaceEmpty, mergeCommon].reduce((p, pass) => pass(p), ir);
  const { ir: folded, constants } = foldConstants(simplify(known));
  const shared = shareWork(mergeCommon(simplify(folded, constants)));
  const simple = mergeCommon(simplify(mergeCommon(shared), constants));
  return { ir: removeDeadCode(scaleProducts(simple)), constants };
};
