import type { Shape, Var } from "@adjoint/core/backend";
import type { KernelGroup } from "./kernel-group.ts";
import type { View } from "./view.ts";

/** A matrix product per batch: (batch, m, k) by (batch, k, n) gives (batch, m, n). */
export type DotItem = {
  readonly kind: "dot";
  readonly batch: Shape;
  readonly a: View;
  readonly b: View;
  readonly out: Var;
  /** What the product is multiplied with. */
  readonly alpha: number;
};

/** Copies elements one by one to any places of `out`. */
export type CopyItem = { readonly kind: "copy"; readonly from: View; readonly to: View };

/** Rows of `table` by number, clamped. */
export type GatherItem = {
  readonly kind: "gather";
  readonly table: View;
  readonly indices: View;
  readonly out: Var;
};

/** Rows of `updates` added to, or put at, the numbered rows of `out`; numbers out of range are passed over. */
export type ScatterItem = {
  readonly kind: "scatter";
  readonly mode: "add" | "set";
  readonly indices: View;
  readonly updates: View;
  readonly out: Var;
};

/** One step of a plan. */
export type Item =
  | { readonly kind: "kernel"; readonly group: KernelGroup }
  | DotItem
  | CopyItem
  | GatherItem
  | ScatterItem;

/** Names that an item reads. */
export const readsOf = (item: Item): readonly Var[] => {
  if (item.kind === "kernel") return item.group.inputs.map((i) => i.base);
  if (item.kind === "dot") return [item.a.base, item.b.base];
  if (item.kind === "copy") return [item.from.base];
  return item.kind === "gather"
    ? [item.table.base, item.indices.base]
    : [item.indices.base, item.updates.base, item.out];
};
