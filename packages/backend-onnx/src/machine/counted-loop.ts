import type { FunctionBuilder } from "../wasm/function-builder.ts";
import { type Expr, getLocal, i32, setLocal, whileLoop } from "../wasm/instructions.ts";

/** Runs `write` with a counter from 0 to `count`, in steps. */
export const countedLoop = (
  builder: FunctionBuilder,
  count: Expr<"i32">,
  step: number,
  write: (index: Expr<"i32">) => void,
): void => {
  const index = builder.local("i32");
  builder.emit(setLocal(index, i32.constant(0)));
  const body = builder.block(() => {
    write(getLocal(index));
    builder.emit(setLocal(index, i32.add(getLocal(index), i32.constant(step))));
  });
  builder.emit(whileLoop(i32.lessThanUnsigned(getLocal(index), count), body));
};
