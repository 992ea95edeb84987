import type { GradientTransformation } from "../gradient-transformation.ts";
import type { Hyperparam } from "../hyperparam.ts";
import type { Mask } from "../mask.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { identity } from "../transforms/chain.ts";

/** Settings of optimizers with decoupled weight decay. */
export type DecoupledDecay = {
  /** Part of a parameter that decays in a step, times the learning rate. */
  readonly weightDecay?: Hyperparam;
  /** Which parameters decay; all of them when absent. */
  readonly mask?: Mask;
};

/** The decay as a rule: nothing to do when it is 0. */
export const decay = ({ weightDecay = 0, mask = true }: DecoupledDecay): GradientTransformation =>
  weightDecay === 0 ? identity : addDecayedWeights(weightDecay, { mask });
