import { dim, stridesOf } from "@adjoint/core/backend";
import { size } from "../kernel/shape-marks.ts";
import type { Stored } from "./storage.ts";

/** How one spatial axis of x, the window and the result fit together. */
export type ConvAxis = {
  readonly input: number;
  readonly window: number;
  readonly output: number;
  readonly stride: number;
  readonly low: number;
  readonly inputDilation: number;
  readonly windowDilation: number;
};

/** A convolution of x (examples * batchGroups, channels, ...) with kernels (features, perGroup, ...). */
export type Convolution = {
  readonly axes: readonly ConvAxis[];
  readonly groups: number;
  readonly batchGroups: number;
  readonly examples: number;
  readonly features: number;
  readonly channels: number;
  /** Channels that one kernel sees. */
  readonly perGroup: number;
  /** Elements of the spatial axes of x, of a window and of the result. */
  readonly plane: number;
  readonly taps: number;
  readonly places: number;
  readonly x: Stored;
};

const signed = (n: number): string => (n < 0 ? `-i32(${size(-n)})` : `i32(${size(n)})`);

/** Whether element `place` of a dilated axis is one of x: then it is `place / dilation`. */
const within = ({ input, inputDilation }: ConvAxis, place: string): string => {
  const inside = `${place} >= 0 && ${place} < i32(${size(input * inputDilation)})`;
  return inputDilation === 1 ? inside : `${inside} && u32(${place}) % ${size(inputDilation)} == 0u`;
};

/** WGSL of `fn start_of(place: u32) -> array<i32, rank>`: where in x the windows of a place of the result start. */
export const startText = ({ axes }: Convolution): string => {
  const rank = Math.max(1, axes.length);
  const steps = axes.map(({ output, stride, low }, i) => [
    `  starts[${i}] = i32(rest % ${size(output)} * ${size(stride)}) - ${signed(low)};`,
    `  rest /= ${size(output)};`,
  ]);
  return `fn start_of(place: u32) -> array<i32, ${rank}> {
  var starts: array<i32, ${rank}>;
  var rest = place;
${steps.toReversed().flat().join("\n")}
  return starts;
}
`;
};

/** WGSL of `fn offset_of(starts, tap: u32) -> i32`: the offset in a plane of x under a tap of the window, -1 outside. */
export const offsetText = ({ axes }: Convolution): string => {
  const rank = Math.max(1, axes.length);
  const steps = stridesOf(axes.map(({ input }) => input));
  const lines = axes.map((axis, i) => {
    const source = axis.inputDilation === 1 ? "place" : `place / i32(${size(axis.inputDilation)})`;
    return `  {
    let place = starts[${i}] + i32(rest % ${size(axis.window)} * ${size(axis.windowDilation)});
    rest /= ${size(axis.window)};
    if (!(${within(axis, "place")})) { return -1; }
    offset += ${source} * i32(${size(dim(steps, i))});
  }`;
  });
  return `fn offset_of(starts: array<i32, ${rank}>, tap: u32) -> i32 {
  var rest = tap;
  var offset = 0;
${lines.toReversed().join("\n")}
  return offset;
}
`;
};
