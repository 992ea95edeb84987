import type { ParamsShape } from "../internal/check-params.ts";
import { paramShape, type WeightRule } from "../pretrained/weight-rule.ts";
import type { BlockConfig } from "./block-config.ts";
import { type AttentionNames, type BlockNames, blockRules, emptyParts } from "./block-rules.ts";
import { stackRanges } from "./stack-ranges.ts";

type Path = WeightRule["path"];

const attention: AttentionNames = { q: "", k: "", v: "", output: "", qNorm: "", kNorm: "" };
const mlp = { gate: "", up: "", down: "" };

/** Every part of a block, with no name in any file. */
export const unnamed: BlockNames = {
  ...attention,
  ...mlp,
  attentionNorm: "",
  latent: { q: "", qDown: "", qNorm: "", qUp: "", kvDown: "", kvNorm: "", kvUp: "" },
  experts: { router: "", selectionBias: "", expert: () => mlp, shared: mlp },
  mlpNorm: "",
};

const withCross: BlockNames = { ...unnamed, crossNorm: "", cross: attention };

/** Settings of `blocksShape`. */
export type BlocksShapeOptions = {
  /** Whether neighbouring equal layers are put together. */
  readonly stacked?: boolean;
  /** Whether blocks read an encoder. */
  readonly hasCross?: boolean;
};

const stackedRule = (
  rule: ParamsShape["rules"][number],
  layers: number,
): ParamsShape["rules"][number] => ({
  path: rule.path,
  shape: [layers, ...paramShape(rule)],
});

/** Parameters of all blocks, in the list `blocks` or `stacks` of the record at `path`. */
export const blocksShape = (
  config: BlockConfig,
  path: Path,
  { stacked = false, hasCross = false }: BlocksShapeOptions = {},
): ParamsShape => {
  const names = hasCross ? withCross : unnamed;
  const layers = Array.from({ length: config.nLayer }, (_, i): Path => [...path, "blocks", i]);
  const stacks = stackRanges(config).map((range, i) => ({
    range,
    at: [...path, "stacks", i],
  }));
  if (!stacked)
    return {
      rules: layers.flatMap((at, i) => blockRules(config, at, names, i)),
      empty: layers.flatMap((at) => emptyParts(config, at)),
    };
  return {
    rules: stacks.flatMap(({ range: { start, end }, at }) =>
      blockRules(config, at, names, start).map((rule) => stackedRule(rule, end - start)),
    ),
    empty: stacks.flatMap(({ at }) => emptyParts(config, at)),
  };
};

/** Whether a record has stacks instead of blocks. */
export const hasStacks = (params: unknown): boolean =>
  typeof params === "object" && params !== null && "stacks" in params;
