import { type Atom, type Shape, sizeOf, type Var } from "@adjoint/core/backend";
import { Affine } from "../address/affine.ts";
import { addressOf, type Coordinates, coordinatesOf } from "../address/coordinates.ts";
import type { Strides } from "../attention/attention-spec.ts";
import { viewOf } from "../program/view.ts";
import type { Storage } from "./arrays.ts";
import type { Unit } from "./unit.ts";

/** An array over (leading axes as one, head, position, feature) as it lies in storage. */
export type FourView = {
  readonly storage: Storage;
  readonly offset: number;
  readonly strides: Strides;
};

const names = ["b", "h", "t", "d"] as const;

/** Coordinates of an array whose last three axes are head, position and feature; axes of size 1 repeat. */
const placesIn = (shape: Shape, full: Shape): Coordinates => {
  const lead = full.slice(0, -3);
  const [h = 1, t = 1, d = 1] = full.slice(-3);
  const whole = [
    ...coordinatesOf(Affine.variable("b", sizeOf(lead)), lead),
    Affine.variable("h", h),
    Affine.variable("t", t),
    Affine.variable("d", d),
  ];
  return whole.slice(full.length - shape.length).map((x, i) => (shape[i] === 1 ? Affine.of(0) : x));
};

/** How an operand lies in storage, read as if it had shape `full`; undefined when its elements are not evenly spaced. */
export const fourView = (
  { planned, layouts }: Pick<Unit, "planned" | "layouts">,
  atom: Atom,
  full: Shape,
): FourView | undefined => {
  const isArray = (v: Var): boolean => planned.arrays.has(v);
  const view = viewOf(planned.graph, atom, placesIn(atom.aval.shape, full), isArray);
  if (view === undefined || !isArray(view.variable)) return undefined;
  const { storage, offset, strides } = layouts.of(view.variable);
  const address = addressOf(view.at, strides).plus(offset);
  const [b, h, t, d] = names.map((name) => address.factorOf(name));
  if (b === undefined || h === undefined || t === undefined || d === undefined) return undefined;
  return { storage, offset: address.constant, strides: [b, h, t, d] };
};
