import type { Atom, Eqn } from "../ir/ir.ts";
import type { Shape } from "../shape.ts";
import { axisPairParam, numbersParam } from "./params.ts";
import type { Rule } from "./definitions.ts";

type Axes = readonly number[];
type Side = "left" | "right";

const freeAxes = (rank: number, used: Axes): Axes =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => !used.includes(i));

const isAscending = (axes: Axes): boolean =>
  axes.every((axis, i) => i === 0 || axis > (axes[i - 1] ?? 0));

/** Whether an operand can be read as a matrix where it lies. */
const isReadable = (shape: Shape, batch: Axes, free: Axes, contract: Axes): boolean => {
  const wide = (axes: Axes): Axes => axes.filter((i) => shape[i] !== 1);
  return (
    isAscending(wide([...batch, ...free, ...contract])) ||
    isAscending(wide([...batch, ...contract, ...free]))
  );
};

/** Reads what a transpose reads, when the product can take it in that layout. */
const foldSide = (eqn: Eqn, side: Side, producer: Eqn | undefined): Eqn | undefined => {
  const source = producer?.inputs[0];
  if (producer === undefined || source === undefined) return undefined;
  const perm = numbersParam(producer.params, "perm");
  const moved = (axes: Axes): Axes => axes.map((i) => perm[i] ?? 0);
  const [contract, batch] = [
    axisPairParam(eqn.params, "contract"),
    axisPairParam(eqn.params, "batch"),
  ];
  const free = moved(freeAxes(perm.length, [...contract[side], ...batch[side]]));
  const next = { contract: moved(contract[side]), batch: moved(batch[side]) };
  const sorted = [...next.contract].sort((a, b) => a - b);
  if (!isAscending(free) || !isReadable(source.aval.shape, next.batch, free, sorted))
    return undefined;
  const params = {
    contract: { ...contract, [side]: next.contract },
    batch: { ...batch, [side]: next.batch },
  };
  const inputs = eqn.inputs.map((a, i): Atom => (i === (side === "left" ? 0 : 1) ? source : a));
  return { ...eqn, inputs, params };
};

/** Products read transposed operands in place where they can. */
export const foldDot: Rule = (eqn, definitions) => {
  if (eqn.primitive.name !== "dotGeneral") return undefined;
  const left = foldSide(eqn, "left", definitions.by(eqn.inputs[0], "transpose"));
  const right = foldSide(left ?? eqn, "right", definitions.by(eqn.inputs[1], "transpose"));
  const folded = right ?? left;
  return folded === undefined ? undefined : { eqns: [folded], outputs: eqn.outputs };
};

/** (a b)^T is b^T a^T: a product that is transposed swaps its operands. */
export const swapTransposedDot: Rule = (eqn, definitions) => {
  if (eqn.primitive.name !== "transpose") return undefined;
  const dot = definitions.by(eqn.inputs[0], "dotGeneral");
  const [a, b] = dot?.inputs ?? [];
  if (dot === undefined || a === undefined || b === undefined) return undefined;
  const [contract, batch] = [
    axisPairParam(dot.params, "contract"),
    axisPairParam(dot.params, "batch"),
  ];
  const nb = batch.left.length;
  const rows = a.aval.shape.length - nb - contract.left.length;
  const columns = b.aval.shape.length - nb - contract.right.length;
  const swapped = [
    ...Array.from({ length: nb }, (_, i) => i),
    ...Array.from({ length: columns }, (_, i) => nb + rows + i),
    ...Array.from({ length: rows }, (_, i) => nb + i),
  ];
  if (!numbersParam(eqn.params, "perm").every((axis, i) => axis === swapped[i])) return undefined;
  const turn = ({ left, right }: { readonly left: Axes; readonly right: Axes }): object => ({
    left: right,
    right: left,
  });
  const params = { contract: turn(contract), batch: turn(batch) };
  return { eqns: [{ ...dot, inputs: [b, a], params, outputs: eqn.outputs }], outputs: eqn.outputs };
};
