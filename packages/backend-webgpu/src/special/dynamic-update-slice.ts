import { dim, type Shape, sizeOf } from "@adjoint/core/backend";
import { gridOf, type Kernel, workgroupIndex } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { flagOf } from "./settings.ts";
import { nothing, type SpecialRule } from "./special-plan.ts";
import { allStored, bytesOf, keep, load, operand } from "./storage.ts";

/** Axes of the operand, those along which the window has the whole size joined with their neighbours. */
type Axis = { readonly length: number; readonly window: number; readonly start?: number };

const joinAxes = (shape: Shape, window: Shape): readonly Axis[] => {
  const axes: Axis[] = [];
  shape.forEach((length, i) => {
    const own = dim(window, i);
    const last = axes.at(-1);
    if (length !== own) axes.push({ length, window: own, start: i });
    else if (last !== undefined && last.start === undefined)
      axes[axes.length - 1] = { length: last.length * length, window: last.window * own };
    else axes.push({ length, window: own });
  });
  return axes;
};

const clampedStart = ({ length, window, start }: Axis): string =>
  start === undefined ? "0u" : `u32(clamp(in${start + 2}[0], 0, i32(${size(length - window)})))`;

/** Over the result: each element is of the window, at `w`, or of the operand. */
const overResult = (axes: readonly Axis[]): string => {
  const steps = axes.toReversed().map(
    ({ length, window }, i) => `  {
    let own = rest % ${size(length)} - start${axes.length - 1 - i};
    rest /= ${size(length)};
    inside = inside && own < ${size(window)};
    w += own * step;
    step *= ${size(window)};
  }`,
  );
  return `  var rest = id;
  var inside = true;
  var w = 0u;
  var step = 1u;
${steps.join("\n")}`;
};

/** Over the window: the offset in the result of element `id` of the window. */
const overWindow = (axes: readonly Axis[]): string => {
  const steps = axes.toReversed().map(
    ({ length, window }, i) => `  {
    place += (rest % ${size(window)} + start${axes.length - 1 - i}) * step;
    rest /= ${size(window)};
    step *= ${size(length)};
  }`,
  );
  return `  var rest = id;
  var place = 0u;
  var step = 1u;
${steps.join("\n")}`;
};

/** Three bindings are the arrays; every device has at least 8. */
const mostStarts = 5;

/**
 * The operand with a window replaced. `operandInPlace` among the parameters says that the result is the operand's own
 * storage; then only the window is written.
 */
export const dynamicUpdateSliceRule: SpecialRule = (params, inputs, _outputs, profile) => {
  const [operandAval, update] = inputs;
  const [x] = allStored(inputs, profile) ?? [];
  if (operandAval === undefined || update === undefined || x === undefined) return undefined;
  const axes = joinAxes(operandAval.shape, update.shape);
  const moving = axes.flatMap(({ start }) => (start === undefined ? [] : [start]));
  const inPlace = flagOf(params, "operandInPlace");
  const count = sizeOf(inPlace ? update.shape : operandAval.shape);
  if (moving.length > mostStarts) return undefined;
  if (count === 0) return nothing;
  const groups = Math.ceil(count / 64);
  const update0 = (from: string, to: string): string => keep("out0", to, load("in1", from, x), x);
  const whole = sizeOf(update.shape) === 0 ? "" : `if (inside) { ${update0("w", "id")} return; }`;
  const code = `@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let id = ${workgroupIndex(groups)} * 64u + lid;
  if (id >= ${size(count)}) { return; }
${axes.map((axis, i) => `  let start${i} = ${clampedStart(axis)};`).join("\n")}
${inPlace ? overWindow(axes) : overResult(axes)}
  ${inPlace ? update0("id", "place") : `${whole}\n  ${keep("out0", "id", load("in0", "id", x), x)}`}
}`;
  const reads = [...(inPlace ? [] : ["in0"]), ...(sizeOf(update.shape) === 0 ? [] : ["in1"])];
  const kernel: Kernel = {
    name: "dynamic_update_slice",
    operands: [
      ...reads.map((name) => operand(name, x.element, "read")),
      ...moving.map((axis) => operand(`in${axis + 2}`, "i32", "read")),
      operand("out0", x.element, "write"),
    ],
    code,
    grid: gridOf(groups),
    flops: 0,
    bytes: bytesOf(update) * 2 + (inPlace ? 0 : bytesOf(operandAval) * 2),
  };
  return { temporaries: [], kernels: [kernel] };
};
