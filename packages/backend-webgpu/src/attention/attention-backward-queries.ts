import type { Kernel } from "../kernel/kernel.ts";
import type { AttentionSpec, AttentionDevice } from "./attention-spec.ts";
import { linesBackwardQueries } from "./lines-backward-queries.ts";
import { linesVariant } from "./lines.ts";
import { tileBackwardQueries } from "./tile-backward-queries.ts";

/** The cotangent dq, from q, k, v, dy and the `statistics` of `attentionDelta`. */
export const attentionBackwardQueries = (spec: AttentionSpec, profile: AttentionDevice): Kernel =>
  profile.isSoftware
    ? linesBackwardQueries(spec, linesVariant(profile))
    : tileBackwardQueries(spec);
