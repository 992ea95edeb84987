import type { Kernel } from "../kernel/kernel.ts";
import { size } from "../kernel/shape-marks.ts";
import { finishOf } from "./epilogue.ts";
import { costOf, placeOf } from "./matmul-place.ts";
import type { MatmulSpec, ProductType } from "./matmul-spec.ts";
import type { ThinVariant } from "./matmul-variant.ts";
import type { MatrixSide } from "./matrix-side.ts";
import {
  leftSide,
  lineStart,
  operandOf,
  rightSide,
  scalarSide,
  stepOffset,
} from "./matrix-side.ts";
import { accumulate, element, loaded, range, typeOf, zero } from "./product-code.ts";

/** A matrix and the few lines of the other operand. */
type Roles = {
  readonly long: MatrixSide;
  readonly few: MatrixSide;
  readonly type: ProductType;
  /** Lines of the matrix that an invocation owns. */
  readonly width: 1 | 4;
};

const rolesOf = (spec: MatmulSpec): Roles & { readonly across: boolean } => {
  const across = spec.m <= spec.n;
  const type = spec.type ?? "f32";
  const [long, other] = across
    ? [rightSide(spec), leftSide(spec)]
    : [leftSide(spec), rightSide(spec)];
  const few = other.vector && other.along === "line" ? scalarSide(other) : other;
  const width = long.vector && long.along === "line" ? 4 : 1;
  return { long, few, type, width, across };
};

/** Whether a turn of the loop takes four steps of k. */
const fours = ({ long }: Roles): boolean => long.vector && long.along === "k";

/** Four steps of one of the few lines. */
const fewFour = ({ few, type }: Roles, t: number): string =>
  few.vector
    ? loaded(few, type, `fewStart${t} + ${stepOffset(few, "step")}`)
    : `vec4f(${range(4)
        .map((u) => element(few, type, `fewStart${t}`, `(step + ${u}u)`, 0))
        .join(", ")})`;

/** One turn: the matrix is loaded once for all of the few lines. */
const turn = (roles: Roles): string => {
  const { long, few, type, width } = roles;
  const load = `let longPart = ${loaded(long, type, `longStart + ${stepOffset(long, "step")}`)};`;
  const sums = range(few.lines).map((t) => {
    if (fours(roles)) return `sum${t} += dot(longPart, ${fewFour(roles, t)});`;
    return accumulate(
      type,
      width,
      `sum${t}`,
      element(few, type, `fewStart${t}`, "step", 0),
      "longPart",
    );
  });
  return [load, ...sums].join("\n    ");
};

/** The loop over this invocation's share of k: four turns without a test in between, then what is left. */
const loop = (roles: Roles, slices: number): string => {
  const group = fours(roles) ? 4 : 1;
  const stride = slices * group;
  const body = (i: number) => `{ let step = at + ${i * stride}u;\n    ${turn(roles)} }`;
  const k = size(roles.long.k);
  return `var at = slice * ${group}u;
  for (; at + ${3 * stride}u < ${k}; at += ${4 * stride}u) {
    ${range(4).map(body).join("\n    ")}
  }
  for (; at < ${k}; at += ${stride}u) {
    ${body(0)}
  }`;
};

/** Adds up the sums of all slices in workgroup memory, halving their number each time. */
const tree = ({ few }: Roles, { lines, slices }: ThinVariant): string =>
  slices === 1
    ? ""
    : `${range(few.lines)
        .map((t) => `shares[(${t}u * ${slices}u + slice) * ${lines}u + line] = sum${t};`)
        .join("\n  ")}
  for (var half = ${slices / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (slice < half) {
      ${range(few.lines)
        .map(
          (t) =>
            `{ let own = (${t}u * ${slices}u + slice) * ${lines}u + line; shares[own] += shares[own + half * ${lines}u]; }`,
        )
        .join("\n      ")}
    }
  }
  ${range(few.lines)
    .map((t) => `sum${t} = shares[${t * slices * lines}u + line];`)
    .join("\n  ")}`;

const finish = ({ few, long, width, across }: ReturnType<typeof rolesOf>): string =>
  range(few.lines)
    .flatMap((t) =>
      range(width).map((c) => {
        const [row, column] = across ? [`${t}u`, "longLine"] : ["longLine", `${t}u`];
        const value = width === 1 ? `sum${t}` : `sum${t}[${c}]`;
        return `{ let longLine = owned + ${c}u; if (longLine < ${size(long.lines)}) { finish(batch, ${row}, ${column}, ${value}); } }`;
      }),
    )
    .join("\n    ");

/**
 * A product of which one dimension is small (1 to 4): every invocation owns a line of the matrix, or four, and a share of k.
 * Neighbouring invocations read neighbouring numbers: along k where the lines are stored, else along the lines.
 */
export const thinKernel = (spec: MatmulSpec, variant: ThinVariant): Kernel => {
  const roles = rolesOf(spec);
  const { long, few, type, width, across } = roles;
  const { lines, slices } = variant;
  const owned = lines * width;
  const place = placeOf(spec, across ? spec.m : owned, across ? owned : spec.n, 1);
  const sliceFirst = long.along === "k";
  const last = size(long.lines - width);
  const shares = few.lines * lines * slices;
  const code = `${finishOf(spec)}
${slices === 1 ? "" : `var<workgroup> shares: array<${typeOf(type, width)}, ${shares}>;`}
@compute @workgroup_size(${lines * slices})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  ${place.code}
  let line = ${sliceFirst ? `thread / ${slices}u` : `thread % ${lines}u`};
  let slice = ${sliceFirst ? `thread % ${slices}u` : `thread / ${lines}u`};
  let owned = ${across ? "tileColumn" : "tileRow"} + line * ${width}u;
  let longStart = ${lineStart(long, "batch", `min(owned, ${last})`)};
  ${range(few.lines)
    .map((t) => `let fewStart${t} = ${lineStart(few, "batch", `${t}u`)};`)
    .join("\n  ")}
  ${range(few.lines)
    .map((t) => `var sum${t} = ${zero(type, width)};`)
    .join(" ")}
  ${loop(roles, slices)}
  ${tree(roles, variant)}
  if (slice == 0u) {
    ${finish(roles)}
  }
}`;
  const [a, b] = across ? [few, long] : [long, few];
  const operands = [operandOf(a, type), operandOf(b, type), ...spec.operands];
  return { name: spec.name, operands, code, grid: place.grid, ...costOf(spec) };
};
