import { type Eqn, sizeOf } from "@adjoint/core/backend";
import { isThreefry } from "../fuse/random-equations.ts";
import { KernelGroup, type Operand, wholeAxes } from "./kernel-group.ts";
import { type Planner, shaped } from "./planner.ts";
import { unsupported } from "./unsupported.ts";
import { broadcastView } from "./view.ts";

/** Rows that threads share, at most. */
const mostRows = 64;

/**
 * Random words are a kernel of their own, which elementwise equations may join. It runs along rows, for threads to share,
 * where they come out even. False for other equations.
 */
export const planRandom = (p: Planner, eqn: Eqn): boolean => {
  const [first, second] = eqn.outputs;
  if (!isThreefry(eqn) || first === undefined || second === undefined) return false;
  const { shape } = first.aval;
  const size = sizeOf(shape);
  let rows = 1;
  while (rows < mostRows && size % (rows * 32) === 0) rows *= 2;
  const group = new KernelGroup([1, rows, size / rows]);
  const ids = eqn.inputs.map((a) => {
    const operand = shaped(p.entry(a), shape);
    const read = (o: Operand): number | undefined => group.read(o, "whole");
    const isOne = operand.kind === "view" && sizeOf(a.aval.shape) === 1;
    const flat = isOne
      ? broadcastView({ ...operand.view, shape: [1], strides: [0] }, [1, rows, size / rows])
      : undefined;
    const id = flat === undefined ? read(operand) : read({ kind: "view", view: flat });
    return (
      id ?? read({ kind: "view", view: p.dense(operand, shape) }) ?? unsupported("random words")
    );
  });
  const [k0 = 0, k1 = 0, x0 = 0, x1 = 0] = ids;
  group.draw([k0, k1, x0, x1]).forEach((id, i) => {
    group.values.set(i === 0 ? first : second, { id, extent: "whole", axes: wholeAxes });
  });
  p.push({ kind: "kernel", group }, first, second);
  return true;
};
