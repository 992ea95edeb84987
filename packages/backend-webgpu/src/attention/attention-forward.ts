import type { Kernel } from "../kernel/kernel.ts";
import type { AttentionSpec, AttentionDevice } from "./attention-spec.ts";
import { linesForward } from "./lines-forward.ts";
import { linesVariant } from "./lines.ts";
import { tileForward } from "./tile-forward.ts";

/**
 * Flash attention: reads q, k and v, writes y and `lse`, in memory proportional to the lengths.
 * @see https://arxiv.org/abs/2205.14135
 */
export const attentionForward = (spec: AttentionSpec, profile: AttentionDevice): Kernel =>
  profile.isSoftware ? linesForward(spec, linesVariant(profile)) : tileForward(spec);
