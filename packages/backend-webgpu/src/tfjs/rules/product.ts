import { dim, type Shape, sizeOf } from "@adjoint/core/backend";
import { axisPairParam, numberParam, numbersParam, pairsParam } from "@adjoint/core/passes";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Scope } from "../scope.ts";
import { forDTypes, type Rule, type RuleTable, two } from "./rule.ts";

type Axes = readonly number[];

const sizesAt = (shape: Shape, axes: Axes): number => sizeOf(axes.map((i) => dim(shape, i)));

/** `x` as (batch, rows, columns). */
const asMatrices = (
  scope: Scope,
  x: TensorInfo,
  batch: Axes,
  rows: Axes,
  columns: Axes,
): TensorInfo => {
  const shape = [batch, rows, columns].map((axes) => sizesAt(x.shape, axes));
  return scope.reshape(scope.transpose(x, [...batch, ...rows, ...columns]), shape);
};

const freeAxes = ({ shape }: TensorInfo, used: Axes): Axes =>
  shape.flatMap((_, i) => (used.includes(i) ? [] : [i]));

const dotGeneral: Rule = two((scope, a, b, { params, aval }) => {
  const [batch, contract] = [axisPairParam(params, "batch"), axisPairParam(params, "contract")];
  const freeA = freeAxes(a, [...batch.left, ...contract.left]);
  const freeB = freeAxes(b, [...batch.right, ...contract.right]);
  const product = scope.run(
    "BatchMatMul",
    {
      a: asMatrices(scope, a, batch.left, freeA, contract.left),
      b: asMatrices(scope, b, batch.right, contract.right, freeB),
    },
    { transposeA: false, transposeB: false },
  );
  return scope.reshape(product, aval.shape);
});

const isOne = (n: number): boolean => n === 1;

/** (N, C, H, W) with kernels (O, C, h, w): the kernels of TensorFlow.js have channels last. */
const conv: Rule = two((scope, x, kernel, { params }) => {
  const [strides, dilations] = [
    numbersParam(params, "strides"),
    numbersParam(params, "rhsDilation"),
  ];
  const padding = pairsParam(params, "padding");
  const isPlain =
    x.shape.length === 4 &&
    numbersParam(params, "lhsDilation").every(isOne) &&
    (strides.every(isOne) || dilations.every(isOne)) &&
    padding.flat().every((n) => n >= 0) &&
    [numberParam(params, "groups"), numberParam(params, "batchGroups")].every(isOne);
  if (!isPlain) return undefined;
  const paddings = [[0, 0], ...padding, [0, 0]];
  const image = scope.transpose(x, [0, 2, 3, 1]);
  const padded = padding.flat().every((n) => n === 0)
    ? image
    : scope.apply("PadV2", image, { paddings, constantValue: 0 });
  const filter = scope.transpose(kernel, [2, 3, 1, 0]);
  const settings = { strides, dilations, pad: "valid", dataFormat: "NHWC" };
  const result = scope.run("Conv2D", { x: padded, filter }, settings);
  return scope.transpose(result, [0, 3, 1, 2]);
});

/** Products of float matrices. */
export const productRules: RuleTable = {
  dotGeneral: forDTypes(["float32"], dotGeneral),
  conv: forDTypes(["float32"], conv),
};
