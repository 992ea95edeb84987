import type { Aval } from "../ir/aval.ts";
import { type Shape, sizeOf, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { andP, maxP, minP } from "./binary.ts";
import { concatenateP } from "./concatenate.ts";
import type { IndexLayout } from "./index-layout.ts";
import { iotaP } from "./iota.ts";
import { bindOne, only } from "./primitive.ts";
import { othersProduct } from "./segment-product.ts";

/** Zeros of the type of `aval`. */
export const zeros = (root: Tensor, { shape, dtype }: Aval): Tensor =>
  root.literal(0, dtype).broadcastTo(shape);

/** Largest valid index, for every component of an index. */
const limits = (root: Tensor, inner: Shape): Tensor => {
  const each = inner.map((d) => root.literal(d - 1, "int32"));
  const [first = root.literal(0, "int32")] = each;
  if (inner.every((d) => d === inner[0])) return first;
  return bindOne(
    concatenateP,
    each.map((l) => l.broadcastTo([1])),
    { axis: 0 },
  );
};

/** Indices moved into range, component by component. */
export const clampIndices = (indices: Tensor, { inner }: IndexLayout): Tensor => {
  const zero = indices.literal(0, "int32");
  return bindOne(maxP, [bindOne(minP, [indices, limits(indices, inner)], {}), zero], {});
};

/** Whether each index row is in range, under `rank` axes of size 1 for the window. */
export const inRange = (indices: Tensor, { inner, batch, outer, window }: IndexLayout): Tensor => {
  const inside = bindOne(
    andP,
    [indices.greaterEqual(0), indices.lessEqual(limits(indices, inner))],
    {},
  );
  return inside.all(-1).reshape([...batch, ...outer, ...window.map(() => 1)]);
};

/** For scatter mul: the product of the other updates that go to the same place as each one. */
export const otherUpdates = (indices: Tensor, updates: Tensor, layout: IndexLayout): Tensor => {
  const { batch, inner, outer, window } = layout;
  const lead = [...batch, ...outer];
  const n = sizeOf(lead);
  const steps = stridesOf(inner);
  const start = inner.map((_, j) => [...lead.map(() => 0), j]);
  const parts = start.map((s, j) => indices.slice(s, [...lead, j + 1]).mul(steps[j] ?? 0));
  const zero = zeros(indices, { shape: lead, dtype: "int32" });
  const place = parts.reduce((sum, p) => sum.add(p.reshape(lead)), zero);
  const copies = only(
    indices.bind(iotaP, [], { shape: [sizeOf(batch)], dtype: "int32", axis: 0 }),
  ).mul(sizeOf(inner));
  const own = place.add(copies.reshape([...batch, ...outer.map(() => 1)]));
  const ids = inRange(indices, { ...layout, window: [] }).where(own, -1);
  return othersProduct(ids.reshape([n]), updates.reshape([n, sizeOf(window)])).reshape(
    updates.shape,
  );
};
