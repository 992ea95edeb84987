import { asFloats, asIntegers, type Lanes } from "./emit-step.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import {
  type Expr,
  f32x4,
  getLocal,
  i32,
  i32x4,
  type Local,
  setLocal,
  whileLoop,
} from "./instructions.ts";
import type { KernelAxes, KernelType } from "./kernel-program.ts";
import { memory, narrowToBytes, widenBytes } from "./memory-instructions.ts";

/** Where the column loop is: at four columns (`wide`) or at one, and how many bytes of 32-bit elements lie before. */
export type ColumnPosition = {
  readonly wide: boolean;
  readonly column: Expr<"i32">;
  readonly wordOffset: Expr<"i32">;
};

/** The lengths of the three loops. */
export type KernelShape = {
  readonly blocks: Local<"i32">;
  readonly rows: Local<"i32">;
  readonly columns: Local<"i32">;
};

/** The place of one array in the loops; each method writes code. */
export type ArrayCursor = {
  /** The lanes at a position, or the row's only value in all lanes. */
  load(position: ColumnPosition | undefined): Lanes;
  /** Stores lanes at a position, or the row's only value; adds to what is there if the array lacks rows or blocks. */
  store(position: ColumnPosition | undefined, value: Lanes): void;
  /** Fills an array that sums over rows or blocks with zeros. */
  clear(): void;
  nextRow(): void;
  nextBlock(): void;
};

/** Follows the array that starts at the address in `start`. */
export function arrayCursor(
  builder: FunctionBuilder,
  shape: KernelShape,
  start: Local<"i32">,
  { dtype, axes }: { readonly dtype: KernelType; readonly axes: KernelAxes },
): ArrayCursor {
  const place = builder.local("i32");
  builder.emit(setLocal(place, getLocal(start)));
  const bytes = dtype === "bool" ? 1 : 4;
  const scaled = (count: Expr<"i32">): Expr<"i32"> => i32.mul(count, i32.constant(bytes));
  const rowBytes = builder.keep(scaled(axes.columns ? getLocal(shape.columns) : i32.constant(1)));
  const sums = !(axes.blocks && axes.rows);
  const address = (position: ColumnPosition | undefined): Expr<"i32"> => {
    if (position === undefined || !axes.columns) return getLocal(place);
    return i32.add(getLocal(place), dtype === "bool" ? position.column : position.wordOffset);
  };
  const advance = (): void => builder.emit(setLocal(place, i32.add(getLocal(place), rowBytes)));
  return {
    load: (position) =>
      loadLanes(dtype, position?.wide === true && axes.columns, address(position)),
    store: (position, value) => {
      const wide = position?.wide === true;
      const sum = (): Lanes =>
        f32x4.add(asFloats(loadLanes(dtype, wide, address(position))), asFloats(value));
      const stored =
        dtype === "bool"
          ? i32x4.and(asIntegers(value), builder.constant(i32x4.constant(1)))
          : sums
            ? sum()
            : value;
      if (dtype !== "bool")
        builder.emit((wide ? memory.store : memory.storeFirst)(address(position), stored));
      else if (wide)
        builder.emit(memory.storeFirst(address(position), narrowToBytes(asIntegers(stored))));
      else builder.emit(memory.storeFirstByte(address(position), stored));
    },
    clear: () => {
      if (sums) clearWords(builder, start, arrayLength(shape, axes));
    },
    nextRow: () => {
      if (axes.rows) advance();
    },
    nextBlock: () => {
      if (!axes.blocks) builder.emit(setLocal(place, getLocal(start)));
      else if (!axes.rows) advance();
    },
  };
}

function loadLanes(dtype: KernelType, wide: boolean, address: Expr<"i32">): Lanes {
  if (dtype === "float32")
    return wide ? memory.load("f32x4", address) : memory.loadSplat("f32x4", address);
  if (dtype !== "bool")
    return wide ? memory.load("i32x4", address) : memory.loadSplat("i32x4", address);
  const bytes = wide
    ? widenBytes(memory.loadFirst("i32x4", address))
    : memory.loadByteSplat("i32x4", address);
  return i32x4.notEqual(bytes, i32x4.constant(0));
}

function arrayLength(shape: KernelShape, axes: KernelAxes): Expr<"i32"> {
  const length = (varies: boolean, local: Local<"i32">): Expr<"i32"> =>
    varies ? getLocal(local) : i32.constant(1);
  const rows = i32.mul(length(axes.blocks, shape.blocks), length(axes.rows, shape.rows));
  return i32.mul(rows, length(axes.columns, shape.columns));
}

function clearWords(builder: FunctionBuilder, start: Local<"i32">, count: Expr<"i32">): void {
  const place = builder.local("i32");
  builder.emit(setLocal(place, getLocal(start)));
  const end = builder.keep(i32.add(getLocal(start), i32.shiftLeft(count, i32.constant(2))));
  const body = [
    ...memory.storeFirst(getLocal(place), f32x4.constant(0)),
    ...setLocal(place, i32.add(getLocal(place), i32.constant(4))),
  ];
  builder.emit(whileLoop(i32.lessThanUnsigned(getLocal(place), end), body));
}
