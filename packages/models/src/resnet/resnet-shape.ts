import { type ParamsCheck, paramsCheck, type ParamsShape } from "../internal/check-params.ts";
import type { ResnetParams, ResnetState } from "./resnet.ts";
import { checkResnetConfig, type ResnetConfig } from "./resnet-config.ts";
import { resnetWeights } from "./resnet-weights.ts";

/** The half of the tree in a checkpoint that is called so. */
const halfOf = (config: ResnetConfig, half: "params" | "state"): ParamsShape => ({
  rules: resnetWeights(config)
    .rules.filter(({ path }) => path[0] === half)
    .map(({ path, shape }) => ({ path: path.slice(1), shape })),
});

/** That parameters are those of a configuration. */
export const checkResnet: ParamsCheck<ResnetParams, ResnetConfig> = paramsCheck(
  "resnet",
  checkResnetConfig,
  (config) => halfOf(config, "params"),
);

/** That running statistics are those of a configuration. */
export const checkResnetState: ParamsCheck<ResnetState, ResnetConfig> = paramsCheck(
  "resnet",
  checkResnetConfig,
  (config) => halfOf(config, "state"),
  "state",
);
