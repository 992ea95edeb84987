import { type Eqn, sizeOf, Var } from "@adjoint/core/backend";
import { extentOf, isTotal } from "./fusible.ts";

/** Equations that one kernel computes, over `extent` elements. */
export type KernelGroup = { readonly extent: number; readonly eqns: readonly Eqn[] };

const isWide = (v: Var): boolean => sizeOf(v.aval.shape) !== 1;

/** How many kernels must run between an equation and the end, counted down from 0: as late as its readers allow. */
const levelsOf = (eqns: readonly Eqn[]): ReadonlyMap<Eqn, number> => {
  const levels = new Map<Eqn, number>();
  const bounds = new Map<Var, { extent: number; level: number }[]>();
  for (const eqn of eqns.toReversed()) {
    const extent = extentOf(eqn);
    let level = 0;
    for (const v of eqn.outputs)
      for (const bound of bounds.get(v) ?? [])
        level = Math.min(
          level,
          bound.extent === extent && !isTotal(eqn) ? bound.level : bound.level - 1,
        );
    levels.set(eqn, level);
    for (const a of eqn.inputs)
      if (a instanceof Var) bounds.set(a, [...(bounds.get(a) ?? []), { extent, level }]);
  }
  return levels;
};

/** Sets that grow together. */
class Components {
  readonly #parents = new Map<Eqn, Eqn>();

  root(eqn: Eqn): Eqn {
    let current = eqn;
    for (
      let next = this.#parents.get(current);
      next !== undefined;
      next = this.#parents.get(current)
    )
      current = next;
    return current;
  }

  join(a: Eqn, b: Eqn): void {
    const [from, to] = [this.root(a), this.root(b)];
    if (from !== to) this.#parents.set(from, to);
  }
}

/**
 * Groups equations into kernels, in an order in which they can run: those over the same number of elements that read
 * each other's or the same arrays and need the same earlier kernels.
 */
export const kernelGroups = (eqns: readonly Eqn[]): readonly KernelGroup[] => {
  const levels = levelsOf(eqns);
  const components = new Components();
  const representatives = new Map<string, Eqn>();
  const ids = new Map<Var, number>();
  const idOf = (v: Var): number => ids.get(v) ?? (ids.set(v, ids.size), ids.size - 1);
  const meet = (key: string, eqn: Eqn): void => {
    const other = representatives.get(key);
    if (other === undefined) representatives.set(key, eqn);
    else components.join(eqn, other);
  };
  for (const eqn of eqns) {
    const place = `${levels.get(eqn) ?? 0}:${extentOf(eqn)}`;
    if (extentOf(eqn) === 1) meet(place, eqn);
    for (const v of [...eqn.inputs, ...eqn.outputs])
      if (v instanceof Var && isWide(v)) meet(`${place}:${idOf(v)}`, eqn);
  }
  const groups = new Map<Eqn, Eqn[]>();
  for (const eqn of eqns) {
    const root = components.root(eqn);
    groups.set(root, [...(groups.get(root) ?? []), eqn]);
  }
  const order = (group: readonly Eqn[]): number =>
    Math.max(...group.map((e) => levels.get(e) ?? 0));
  return [...groups.values()]
    .map((group, i) => ({ group, level: order(group), i }))
    .sort((a, b) => a.level - b.level || a.i - b.i)
    .map(({ group }) => ({ eqns: group, extent: Math.max(...group.map(extentOf)) }));
};
