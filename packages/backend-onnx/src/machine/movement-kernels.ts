import {
  type FunctionBuilder,
  functionBuilder,
  type WasmFunction,
} from "../wasm/function-builder.ts";
import { type Expr, f32x4, getLocal, i32, type Statement } from "../wasm/instructions.ts";
import { memory } from "../wasm/memory-instructions.ts";
import { choose, copyBytes, ifElse, loadWord, storeWord } from "./control.ts";
import { countedLoop } from "./counted-loop.ts";

type Address = Expr<"i32">;

const number = (value: number): Address => i32.constant(value);

const place = (start: Address, index: Address, step: Address): Address =>
  i32.add(start, i32.mul(index, step));

/** `(to, from, n0, n1, n2, to0, to1, to2, from0, from1, from2)`: copies words along three axes with steps in bytes. */
export const emitCopy = (): WasmFunction => {
  const builder = functionBuilder(11);
  const [to, from, n0, n1, n2, to0, to1, to2, from0, from1, from2] =
    builder.parameters.map(getLocal);
  if (!to || !from || !n0 || !n1 || !n2 || !to0 || !to1 || !to2 || !from0 || !from1 || !from2)
    return builder.finish();
  const isStrided = builder.keep(
    i32.add(i32.sub(to2, number(4)), i32.shiftLeft(i32.sub(from2, number(4)), number(1))),
  );
  countedLoop(builder, n0, 1, (i) =>
    countedLoop(builder, n1, 1, (j) => {
      const target = builder.keep(place(place(to, i, to0), j, to1));
      const source = builder.keep(place(place(from, i, from0), j, from1));
      const words = builder.block(() =>
        countedLoop(builder, n2, 1, (k) =>
          builder.emit(storeWord(place(target, k, to2), loadWord(place(source, k, from2)))),
        ),
      );
      builder.emit(
        ifElse(isStrided, words, copyBytes(target, source, i32.shiftLeft(n2, number(2)))),
      );
    }),
  );
  return builder.finish();
};

/** `(to, table, indices, count, rowBytes, rows)`: copies rows of a table by number, clamped to those it has. */
export const emitGather = (): WasmFunction => {
  const builder = functionBuilder(6);
  const [to, table, indices, count, rowBytes, rows] = builder.parameters.map(getLocal);
  if (!to || !table || !indices || !count || !rowBytes || !rows) return builder.finish();
  countedLoop(builder, count, 1, (i) => {
    const index = builder.keep(loadWord(place(indices, i, number(4))));
    const last = i32.sub(rows, number(1));
    const isNegative = i32.lessThanUnsigned(number(0x7fffffff), index);
    const inside = choose(
      i32.lessThanUnsigned(index, rows),
      index,
      choose(isNegative, number(0), last),
    );
    builder.emit(copyBytes(place(to, i, rowBytes), place(table, inside, rowBytes), rowBytes));
  });
  return builder.finish();
};

const addRow = (
  builder: FunctionBuilder,
  target: Address,
  source: Address,
  columns: Address,
): Statement =>
  builder.block(() => {
    const whole = builder.keep(i32.and(columns, number(-4)));
    const at = (start: Address, j: Address): Address => i32.add(start, i32.shiftLeft(j, number(2)));
    countedLoop(builder, whole, 4, (j) =>
      builder.emit(
        memory.store(
          at(target, j),
          f32x4.add(memory.load("f32x4", at(target, j)), memory.load("f32x4", at(source, j))),
        ),
      ),
    );
    countedLoop(builder, i32.sub(columns, whole), 1, (j) => {
      const k = i32.add(j, whole);
      const sum = f32x4.add(
        memory.loadFirst("f32x4", at(target, k)),
        memory.loadFirst("f32x4", at(source, k)),
      );
      builder.emit(memory.storeFirst(at(target, k), sum));
    });
  });

/** `(to, updates, indices, count, rowBytes, columns, rows)`: adds rows to, or puts them at, the numbered rows. */
export const emitScatter = (mode: "add" | "set"): WasmFunction => {
  const builder = functionBuilder(7);
  const [to, updates, indices, count, rowBytes, columns, rows] = builder.parameters.map(getLocal);
  if (!to || !updates || !indices || !count || !rowBytes || !columns || !rows)
    return builder.finish();
  countedLoop(builder, count, 1, (i) => {
    const index = builder.keep(loadWord(place(indices, i, number(4))));
    const target = builder.keep(place(to, index, rowBytes));
    const source = builder.keep(place(updates, i, rowBytes));
    const body =
      mode === "add"
        ? addRow(builder, target, source, columns)
        : copyBytes(target, source, i32.shiftLeft(columns, number(2)));
    builder.emit(ifElse(i32.lessThanUnsigned(index, rows), body, []));
  });
  return builder.finish();
};
