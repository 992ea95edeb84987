import { type Atom, dim, type Eqn, type Shape, sizeOf } from "@adjoint/core/backend";
import { axisPairParam } from "@adjoint/core/passes";
import { Affine } from "../address/affine.ts";
import { addressOf, type Coordinates, coordinatesOf } from "../address/coordinates.ts";
import { Body } from "../body/body.ts";
import type { MatmulShape, MatmulSpec, MatrixOperand, ProductType } from "../matmul/matmul-spec.ts";
import { viewOf } from "../program/view.ts";
import { valueType } from "../wgsl/elementwise.ts";
import { KernelArrays, type Storage } from "./arrays.ts";
import { nameOf, type Unit } from "./unit.ts";
import { libraryIn, libraryOf } from "../wgsl/elementwise.ts";

type Axes = readonly number[];

/** Which axes of an operand are batch, rows or columns of a matrix. */
type Side = { readonly batch: Axes; readonly free: Axes; readonly contract: Axes };

const sidesOf = ({ params, inputs }: Eqn): readonly [Side, Side] => {
  const [contract, batch] = [axisPairParam(params, "contract"), axisPairParam(params, "batch")];
  const free = (i: number, used: Axes): Axes =>
    (inputs[i]?.aval.shape ?? []).flatMap((_, axis) => (used.includes(axis) ? [] : [axis]));
  return [
    {
      batch: batch.left,
      contract: contract.left,
      free: free(0, [...batch.left, ...contract.left]),
    },
    {
      batch: batch.right,
      contract: contract.right,
      free: free(1, [...batch.right, ...contract.right]),
    },
  ];
};

const sizes = (shape: Shape, axes: Axes): Shape => axes.map((a) => dim(shape, a));

/** Coordinates of an operand from flat positions along its batch, free and contracted axes. */
const operandAt = (
  shape: Shape,
  side: Side,
  places: { readonly batch: Affine; readonly free: Affine; readonly contract: Affine },
): Coordinates => {
  const parts = (["batch", "free", "contract"] as const).map((part) => ({
    axes: side[part],
    at: coordinatesOf(places[part], sizes(shape, side[part])),
  }));
  return shape.map((_, axis) => {
    const part = parts.find(({ axes }) => axes.includes(axis));
    return part?.at[part.axes.indexOf(axis)] ?? Affine.of(0);
  });
};

/** An operand as a strided matrix in storage. */
export type MatrixView = {
  readonly storage: Storage;
  readonly base: Affine;
  /** Elements between neighbours along the free and the contracted axis. */
  readonly freeStride: number;
  readonly contractStride: number;
};

type Sizes = { readonly batch: number; readonly free: number; readonly contract: number };

const sizesOf = (shape: Shape, side: Side): Sizes => ({
  batch: sizeOf(sizes(shape, side.batch)),
  free: sizeOf(sizes(shape, side.free)),
  contract: sizeOf(sizes(shape, side.contract)),
});

/** How an operand lies in storage; undefined when its elements are not evenly spaced. */
export const matrixView = (
  { planned, layouts }: Pick<Unit, "planned" | "layouts">,
  atom: Atom,
  side: Side,
): MatrixView | undefined => {
  const { shape } = atom.aval;
  const size = sizesOf(shape, side);
  const places = {
    batch: Affine.variable("batch", size.batch),
    free: Affine.variable("free", size.free),
    contract: Affine.variable("contract", size.contract),
  };
  const isArray = (v: Parameters<typeof planned.arrays.has>[0]): boolean => planned.arrays.has(v);
  const view = viewOf(planned.graph, atom, operandAt(shape, side, places), isArray);
  if (view === undefined || !isArray(view.variable)) return undefined;
  const { storage, offset, strides } = layouts.of(view.variable);
  const address = addressOf(view.at, strides).plus(offset);
  const [freeStride, contractStride] = [address.factorOf("free"), address.factorOf("contract")];
  if (freeStride === undefined || contractStride === undefined) return undefined;
  if (freeStride < 0 || contractStride < 0) return undefined;
  return { storage, base: address.without("free", "contract"), freeStride, contractStride };
};

/** Whether both operands of a product can be read where they are. */
export const operandViews = (
  unit: Pick<Unit, "planned" | "layouts">,
  eqn: Eqn,
): readonly [MatrixView | undefined, MatrixView | undefined] => {
  const [left, right] = sidesOf(eqn);
  const [a, b] = eqn.inputs;
  return [
    a === undefined ? undefined : matrixView(unit, a, left),
    b === undefined ? undefined : matrixView(unit, b, right),
  ];
};

/** `isAlone`: whether nothing else of the kernel reads the array, so that it may be bound as groups of four. */
const operandOf = (
  view: MatrixView,
  name: string,
  strides: readonly [number, number],
  isAlone: boolean,
): MatrixOperand => ({
  name,
  half: view.storage.element === "f16",
  rowStride: strides[0],
  columnStride: strides[1],
  base: (batch) => view.base.text.replace(/\bbatch\b/g, batch),
  aligned: isAlone && view.base.isMultipleOf(4),
});

const productType = (eqn: Eqn): ProductType => {
  const type = valueType(eqn.outputs[0]?.aval.dtype ?? "float32");
  return type === "bool" ? "u32" : type;
};

/** A product with its epilogue, and the storage of its operands: left, right, then those of the epilogue. */
export const dotSpec = (
  unit: Unit,
  eqn: Eqn,
): { readonly spec: MatmulSpec; readonly storages: readonly Storage[] } | undefined => {
  const { planned, cluster, layouts, stored } = unit;
  const [left, right] = sidesOf(eqn);
  const [a, b] = operandViews(unit, eqn);
  const [leftShape = [], rightShape = []] = eqn.inputs.map((x) => x.aval.shape);
  if (a === undefined || b === undefined) return undefined;
  const { batch, free: m, contract: k } = sizesOf(leftShape, left);
  const { free: n } = sizesOf(rightShape, right);
  const arrays = new KernelArrays(layouts, "e");
  const own = eqn.outputs[0];
  const store: MatmulSpec["store"] = (at) => {
    const body = new Body(planned.graph, (v, place) => {
      if (v === own) return at.value;
      return cluster.members.has(v) || !planned.arrays.has(v) ? undefined : arrays.load(v, place);
    });
    const flat = Affine.variable(at.batch, batch)
      .times(m * n)
      .plus(Affine.variable(at.row, m).times(n))
      .plus(Affine.variable(at.column, n));
    const stores = [...cluster.members].flatMap((v) => {
      const place = coordinatesOf(flat, v.aval.shape);
      const value = body.value(v, place); // in order, so that long chains do not nest
      return stored.has(v) ? [arrays.store(v, place, value)] : [];
    });
    return [...body.take(0), ...stores].join("\n");
  };
  // the operands are known once the epilogue was written
  const text = store({ batch: "batch", row: "row", column: "column", value: "value" });
  const isAlone = ({ storage }: MatrixView): boolean =>
    a.storage !== b.storage && !arrays.storages.includes(storage);
  const shape: MatmulShape = {
    m,
    n,
    k,
    batch,
    a: operandOf(a, "left", [a.freeStride, a.contractStride], isAlone(a)),
    b: operandOf(b, "right", [b.contractStride, b.freeStride], isAlone(b)),
    type: productType(eqn),
  };
  return {
    spec: {
      ...shape,
      name: nameOf(unit, "matmul").replace("_dotGeneral", ""),
      operands: arrays.operands,
      store,
      library: libraryOf(libraryIn(text)),
    },
    storages: [a.storage, b.storage, ...arrays.storages],
  };
};
