import type { Tensor } from "@adjoint/core";
import type { Schedule } from "./schedules/schedule.ts";

/** A setting of a rule: a number, or a scalar tensor, so that it can change (or be differentiated by) without a new program. */
export type Hyperparam = number | Tensor;

/** A learning rate: a number, a scalar tensor, or a schedule of the number of updates so far. */
export type LearningRate = Hyperparam | Schedule;
