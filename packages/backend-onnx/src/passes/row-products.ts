import { type Atom, type Eqn, type Ir, sizeOf, Var } from "@adjoint/core/backend";
import { axisPairParam, mapBodies, recorded, rewriteIr, type Rewrite } from "@adjoint/core/passes";
import { rowProductP } from "./row-product.ts";

/** Elements (1 MiB) from which a matrix takes long enough to read that adding up the results of its parts does not matter. */
const worthwhile = 2 ** 18;

/** Parts of a matrix: more threads divide the columns of each. */
const parts = 2;

/** The row and the matrix (K, N) of a product without batch axes. */
const operandsOf = ({ primitive, params, inputs }: Eqn): readonly [Atom, Atom] | undefined => {
  const [x, w] = inputs;
  if (primitive.name !== "dotGeneral" || x === undefined || w === undefined) return undefined;
  const batch = axisPairParam(params, "batch");
  const { left, right } = axisPairParam(params, "contract");
  const { shape, dtype } = x.aval;
  const isRow = sizeOf(shape) === shape.at(-1) && w.aval.shape.length === 2;
  const isPlain = dtype === "float32" && params["alpha"] === undefined && batch.left.length === 0;
  const isInOrder = left.length === 1 && left[0] === shape.length - 1 && right[0] === 0;
  return isRow && isPlain && isInOrder ? [x, w] : undefined;
};

const splitProduct =
  (inputs: ReadonlySet<Atom>): Rewrite =>
  (eqn) => {
    const [x, w] = operandsOf(eqn) ?? [];
    if (x === undefined || w === undefined || !inputs.has(w)) return undefined;
    const [rows = 0, columns = 0] = w.aval.shape;
    if (rows % parts !== 0 || rows * columns < worthwhile) return undefined;
    const split = recorded([w], ([m]) =>
      m === undefined ? [] : [m.reshape([parts, rows / parts, columns])],
    );
    const y = new Var(eqn.outputs[0]?.aval ?? x.aval);
    const product = {
      primitive: rowProductP,
      params: {},
      inputs: [x, ...split.outputs],
      outputs: [y],
    };
    return { eqns: [...split.eqns, product], outputs: [y] };
  };

/**
 * Products of one row with a matrix that the program is given, as one over parts of the rows. The kernel of ONNX Runtime divides the
 * columns among threads, so that each reads short stretches far apart, which is no faster than one thread; parts are read from end to end.
 */
export const splitRowProducts = (ir: Ir): Ir =>
  mapBodies(rewriteIr(ir, splitProduct(new Set(ir.inputs))), splitRowProducts);
