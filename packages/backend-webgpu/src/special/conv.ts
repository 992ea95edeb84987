import { dim, type Params, type Shape, sizeOf } from "@adjoint/core/backend";
import { gridOf, type Kernel, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { type Convolution, offsetText, startText } from "./conv-places.ts";
import { convTiles } from "./conv-tiles.ts";
import { numberOf, numbersOf, tableOf } from "./settings.ts";
import { nothing, type SpecialRule } from "./special-plan.ts";
import { allStored, load, operand, roundings, store, type Stored } from "./storage.ts";

const describe = (
  params: Params,
  x: Shape,
  kernel: Shape,
  out: Shape,
  stored: Stored,
): Convolution => {
  const padding = tableOf(params, "padding");
  const settings = ["strides", "lhsDilation", "rhsDilation"].map((name) => numbersOf(params, name));
  const [strides = [], inputDilations = [], windowDilations = []] = settings;
  const axes = x.slice(2).map((input, i) => ({
    input,
    window: dim(kernel, i + 2),
    output: dim(out, i + 2),
    stride: dim(strides, i),
    low: padding[i]?.[0] ?? 0,
    inputDilation: dim(inputDilations, i),
    windowDilation: dim(windowDilations, i),
  }));
  return {
    axes,
    groups: numberOf(params, "groups"),
    batchGroups: numberOf(params, "batchGroups"),
    examples: dim(out, 0),
    features: dim(out, 1),
    channels: dim(x, 1),
    perGroup: dim(kernel, 1),
    plane: sizeOf(x.slice(2)),
    taps: sizeOf(kernel.slice(2)),
    places: sizeOf(out.slice(2)),
    x: stored,
  };
};

/** Each invocation computes one place for up to four features. */
const direct = (c: Convolution): Kernel => {
  const { x, groups, batchGroups, features } = c;
  const perKernel = features / Math.max(groups, batchGroups);
  const together = [4, 2].find((n) => perKernel % n === 0) ?? 1;
  const count = (c.examples * features * c.places) / together;
  const invocations = Math.ceil(count / 64);
  const each = (text: (j: number) => string): string =>
    Array.from({ length: together }, (_, j) => text(j)).join("\n");
  const step = size(c.perGroup * c.taps);
  const code = `${roundings(x)}${startText(c)}${offsetText(c)}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let id = ${workgroupIndex(invocations)} * 64u + lid;
  if (id >= ${size(count)}) { return; }
  let place = id % ${size(c.places)};
  let feature = id / ${size(c.places)} % ${size(features / together)} * ${together}u;
  let n = id / ${size((c.places * features) / together)};
  let example = feature / ${size(features / batchGroups)} * ${size(c.examples)} + n;
  let channel = feature / ${size(features / groups)} * ${size(c.perGroup)};
  let starts = start_of(place);
  let base = (example * ${size(c.channels)} + channel) * ${size(c.plane)};
${each((j) => `  var sum${j} = ${x.value}(0);`)}
  for (var tap = 0u; tap < ${size(c.taps)}; tap++) {
    let offset = offset_of(starts, tap);
    if (offset < 0) { continue; }
    var here = base + u32(offset);
    var k = feature * ${step} + tap;
    for (var i = 0u; i < ${size(c.perGroup)}; i++) {
      let value = ${load("in0", "here", x)};
${each((j) => `      sum${j} += value * ${load("in1", j === 0 ? "k" : `k + ${j}u * ${step}`, x)};`)}
      here += ${size(c.plane)};
      k += ${size(c.taps)};
    }
  }
  let to = (n * ${size(features)} + feature) * ${size(c.places)} + place;
${each((j) => `  ${store("out0", `to + ${j}u * ${size(c.places)}`, `sum${j}`, x)}`)}
}`;
  return {
    name: "conv_direct",
    operands: [
      operand("in0", x.element, "read"),
      operand("in1", x.element, "read"),
      operand("out0", x.element, "write"),
    ],
    code,
    grid: gridOf(invocations),
    flops: 2 * c.examples * features * c.places * c.taps * c.perGroup,
    bytes:
      4 *
      (c.examples * batchGroups * c.channels * c.plane +
        features * (c.perGroup * c.taps + c.examples * c.places)),
  };
};

/** Tiles in workgroup memory pay off where enough features share what they read. */
const suitsTiles = (c: Convolution): boolean =>
  c.x.value === "f32" &&
  c.features / Math.max(c.groups, c.batchGroups) >= 8 &&
  c.perGroup * c.taps >= 8;

/** Convolution in any number of dimensions, with groups, strides and dilation of both. */
export const convRule: SpecialRule = (params, [left, right], [result], profile) => {
  if (left === undefined || right === undefined || result === undefined) return undefined;
  const [x] = allStored([left], profile) ?? [];
  if (x === undefined) return undefined;
  if (sizeOf(result.shape) === 0) return nothing;
  const c = describe(params, left.shape, right.shape, result.shape, x);
  if (profile.isSoftware || !suitsTiles(c)) return { temporaries: [], kernels: [direct(c)] };
  return convTiles(c);
};
