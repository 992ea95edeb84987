import type { Eqn } from "@adjoint/core/backend";
import { axisPairParam, recorded, type Replacement } from "@adjoint/core/passes";

type Axes = readonly number[];

/** Axes of an operand in the order batch, free, contracted. */
const orderOf = (rank: number, batch: Axes, contract: Axes): Axes => {
  const used = new Set([...batch, ...contract]);
  return [
    ...batch,
    ...Array.from({ length: rank }, (_, i) => i).filter((i) => !used.has(i)),
    ...contract,
  ];
};

const isOrdered = (axes: Axes): boolean => axes.every((axis, i) => axis === i);

const count = (from: number, n: number): Axes => Array.from({ length: n }, (_, i) => from + i);

/** A product with its operands' axes in the order batch, free, contracted; a transpose that it reads costs nothing where it is a view. */
export const canonicalDot = (eqn: Eqn): Replacement | undefined => {
  const [a, b] = eqn.inputs;
  if (eqn.primitive.name !== "dotGeneral" || a === undefined || b === undefined) return undefined;
  const [batch, contract] = [
    axisPairParam(eqn.params, "batch"),
    axisPairParam(eqn.params, "contract"),
  ];
  const [left, right] = [
    orderOf(a.aval.shape.length, batch.left, contract.left),
    orderOf(b.aval.shape.length, batch.right, contract.right),
  ];
  if (isOrdered(left) && isOrdered(right)) return undefined;
  const params = {
    batch: { left: count(0, batch.left.length), right: count(0, batch.right.length) },
    contract: {
      left: count(left.length - contract.left.length, contract.left.length),
      right: count(right.length - contract.right.length, contract.right.length),
    },
  };
  const moved = recorded([a, b], (xs) => xs.map((x, i) => x.transpose(i === 0 ? left : right)));
  const dot = { ...eqn, inputs: moved.outputs, params };
  return { eqns: [...moved.eqns, dot], outputs: eqn.outputs };
};
