import { linearRules, normRules } from "../block/block-rules.ts";
import type { WeightMap } from "../pretrained/load-params.ts";
import type { WeightRule } from "../pretrained/weight-rule.ts";
import type { ResnetConfig } from "./resnet-config.ts";
import { type ConvShape, stageShapes, stemShape } from "./resnet-layers.ts";

type Path = WeightRule["path"];

/** A convolution, its norm, and the running statistics, which are in the tree of states. */
const convRules = (
  { from, to, window }: ConvShape,
  path: Path,
  name: string,
): readonly WeightRule[] => [
  {
    path: ["params", ...path, "convolution", "kernel"],
    shape: [to, from, window, window],
    name: `${name}.convolution.weight`,
  },
  ...normRules(["params", ...path, "norm"], `${name}.normalization`, to, true),
  { path: ["state", ...path, "mean"], shape: [to], name: `${name}.normalization.running_mean` },
  { path: ["state", ...path, "variance"], shape: [to], name: `${name}.normalization.running_var` },
];

/**
 * Where the parameters and running statistics of a ResNet lie in a checkpoint: a tree of `params`, `state` and, with `labels` given,
 * `classifier`.
 */
export const resnetWeights = (config: ResnetConfig, labels?: number): WeightMap => {
  const width = config.widths.at(-1) ?? 1;
  return {
    rules: [
      ...convRules(stemShape(config), ["stem"], "resnet.embedder.embedder"),
      ...stageShapes(config).flatMap((layers, s) =>
        layers.flatMap(({ convolutions, shortcut }, i) => {
          const [path, name]: readonly [Path, string] = [
            ["stages", s, i],
            `resnet.encoder.stages.${s}.layers.${i}`,
          ];
          return [
            ...convolutions.flatMap((shape, c) =>
              convRules(shape, [...path, "convolutions", c], `${name}.layer.${c}`),
            ),
            ...(shortcut === undefined
              ? []
              : convRules(shortcut, [...path, "shortcut"], `${name}.shortcut`)),
          ];
        }),
      ),
      ...(labels === undefined
        ? []
        : linearRules(["classifier"], "classifier.1", [width, labels], true)),
    ],
    prefix: "resnet.",
    ignored: /\.num_batches_tracked$/,
  };
};
