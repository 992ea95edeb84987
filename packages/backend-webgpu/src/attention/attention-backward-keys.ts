import type { Kernel } from "../kernel/kernel.ts";
import type { AttentionSpec, AttentionDevice } from "./attention-spec.ts";
import { linesBackwardKeys } from "./lines-backward-keys.ts";
import { linesVariant } from "./lines.ts";
import { tileBackwardKeys } from "./tile-backward-keys.ts";

/** The cotangents dk and dv, from q, k, v, dy and the `statistics` of `attentionDelta`; always summed in one order. */
export const attentionBackwardKeys = (spec: AttentionSpec, profile: AttentionDevice): Kernel =>
  profile.isSoftware ? linesBackwardKeys(spec, linesVariant(profile)) : tileBackwardKeys(spec);
