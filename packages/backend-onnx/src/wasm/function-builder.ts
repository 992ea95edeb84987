import { byteString, unsignedLeb, vector } from "./encoding.ts";
import {
  type Expr,
  getLocal,
  type Local,
  setLocal,
  type Statement,
  type ValueType,
} from "./instructions.ts";

/** A finished function without results whose parameters are all `i32`. */
export type WasmFunction = {
  readonly parameterCount: number;
  readonly localTypes: readonly ValueType[];
  readonly body: Statement;
};

/** Collects the locals and statements of one function. */
export type FunctionBuilder = {
  readonly parameters: readonly Local<"i32">[];
  /** A new local, zero at first. */
  local<T extends ValueType>(type: T): Local<T>;
  /** Appends a statement to the innermost open block. */
  emit(statement: Statement): void;
  /** Computes a value once, here; the result reads it back any number of times. */
  keep<T extends ValueType>(value: Expr<T>): Expr<T>;
  /**
   * A constant, computed once at the start of the function. Engines build a vector constant from scalar registers each
   * time they meet it, which inside a loop costs more than the arithmetic.
   */
  constant<T extends ValueType>(value: Expr<T>): Expr<T>;
  /** The statements that `write` emits, taken out of the function. */
  block(write: () => void): Statement;
  finish(): WasmFunction;
};

/** Starts a function with `parameterCount` parameters of type `i32`. */
export function functionBuilder(parameterCount: number): FunctionBuilder {
  const localTypes: ValueType[] = [];
  const prologue: Statement[] = [];
  const constants = new Map<string, number>();
  let statements: Statement[] = [];
  const local = <T extends ValueType>(type: T): Local<T> => {
    localTypes.push(type);
    return { type, index: parameterCount + localTypes.length - 1 };
  };
  return {
    parameters: Array.from({ length: parameterCount }, (_, index) => ({ type: "i32", index })),
    local,
    emit: (statement) => void statements.push(statement),
    keep: (value) => {
      const kept = local(value.type);
      statements.push(setLocal(kept, value));
      return getLocal(kept);
    },
    constant: (value) => {
      const key = value.code.join();
      const known = constants.get(key);
      if (known !== undefined) return getLocal({ type: value.type, index: known });
      const kept = local(value.type);
      constants.set(key, kept.index);
      prologue.push(setLocal(kept, value));
      return getLocal(kept);
    },
    block: (write) => {
      const outer = statements;
      statements = [];
      write();
      const inner = statements.flat();
      statements = outer;
      return inner;
    },
    finish: () => ({ parameterCount, localTypes, body: [...prologue, ...statements].flat() }),
  };
}

const typeCodes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32x4: 0x7b, i32x4: 0x7b };

/** Most pages of 64 KiB that a memory can have. */
export const largestMemory = 65536;

/**
 * Encodes a module that imports its memory as `env.memory` and exports the functions by name. A memory that threads share
 * has `largestMemory` as its limit.
 *
 * Source: https://webassembly.github.io/spec/core/binary/modules.html.
 */
export function encodeWasmModule(
  functions: Readonly<Record<string, WasmFunction>>,
  isShared = false,
): Uint8Array<ArrayBuffer> {
  const named = Object.entries(functions);
  const section = (id: number, body: readonly number[]): readonly number[] => [
    id,
    ...unsignedLeb(body.length),
    ...body,
  ];
  const types = named.map(([, fn]) => [
    0x60,
    ...vector(Array(fn.parameterCount).fill([typeCodes.i32])),
    0,
  ]);
  const limits = isShared ? [0x03, 0x00, ...unsignedLeb(largestMemory)] : [0x00, 0x00];
  const memoryImport = [...byteString("env"), ...byteString("memory"), 0x02, ...limits];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([memoryImport])),
    ...section(3, vector(named.map((_, index) => unsignedLeb(index)))),
    ...section(
      7,
      vector(named.map(([name], index) => [...byteString(name), 0x00, ...unsignedLeb(index)])),
    ),
    ...section(10, vector(named.map(([, fn]) => encodeBody(fn)))),
  ]);
}

function encodeBody(fn: WasmFunction): readonly number[] {
  const locals = vector(fn.localTypes.map((type) => [1, typeCodes[type]]));
  const code = [...locals, ...fn.body, 0x0b];
  return [...unsignedLeb(code.length), ...code];
}
