import type { HostArray, Ir, Var } from "@adjoint/core/backend";
import {
  decompose,
  type Folded,
  foldConstants,
  mergeCommon,
  removeDeadCode,
  replaceEmpty,
  simplify,
} from "@adjoint/core/passes";
import { markAttention } from "../passes/attentions.ts";
import { isDecomposed } from "../lower/support.ts";
import { scaleProducts } from "../passes/dot-scale.ts";
import { markIndices, markSoftmax } from "../passes/marks.ts";
import { reluAsMaximum } from "../passes/relu.ts";
import { shareWork } from "../passes/shared-work.ts";

const simpler = (ir: Ir, constants?: ReadonlyMap<Var, HostArray>): Ir =>
  simplify(ir, constants, [markIndices, markSoftmax, reluAsMaximum]);

/** Settings of `prepare`. */
export type PrepareOptions = {
  /** Whether ONNX Runtime has all its operators, those beside the standard of older versions included; false when absent. */
  readonly isNative?: boolean;
};

/** A program made ready for lowering: only operations that have a kernel or that the host runs, and few of them. */
export const prepare = (ir: Ir, { isNative = false }: PrepareOptions = {}): Folded => {
  const marked = isNative ? markAttention(decompose(ir, () => false)) : ir;
  const known = mergeCommon(replaceEmpty(decompose(marked, isDecomposed)));
  const { ir: folded, constants } = foldConstants(simpler(known));
  const shared = shareWork(mergeCommon(simpler(folded, constants)));
  const simple = mergeCommon(simpler(mergeCommon(shared), constants));
  return { ir: removeDeadCode(scaleProducts(simple)), constants };
};
