import { maximum } from "@adjoint/core";
import type { GradientTransformation } from "../gradient-transformation.ts";
import { checkNumber } from "../internal/check.ts";
import { mapTensors } from "../internal/map-tensors.ts";
import { rms } from "../internal/rms.ts";
import { scaledBy } from "../internal/scalars.ts";
import { withoutState } from "../internal/with-state.ts";

/**
 * Multiplies each leaf by the root mean square of its parameter, `minScale` at least (default 1e-3): steps relative to the
 * size of what they move. Throws ArgumentError for a scale that is negative.
 * @see https://arxiv.org/abs/1804.04235
 */
export const scaleByParamBlockRms = (minScale = 1e-3): GradientTransformation => {
  checkNumber("scaleByParamBlockRms", "minScale", minScale, { min: 0 });
  return withoutState((grads, params) =>
    mapTensors((u, p) => scaledBy(u, maximum(rms(p), minScale)), grads, params),
  );
};
