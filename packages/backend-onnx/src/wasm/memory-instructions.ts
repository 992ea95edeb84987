import { type Expr, type LaneType, simd, type Statement } from "./instructions.ts";

const byteAligned = 0;

const load =
  (opcode: number) =>
  <T extends LaneType>(type: T, address: Expr<"i32">): Expr<T> => ({
    type,
    code: [...address.code, ...simd(opcode), byteAligned, 0],
  });

const store =
  (opcode: number, lane: readonly number[]) =>
  (address: Expr<"i32">, value: Expr<LaneType>): Statement => [
    ...address.code,
    ...value.code,
    ...simd(opcode),
    byteAligned,
    0,
    ...lane,
  ];

type Load = <T extends LaneType>(type: T, address: Expr<"i32">) => Expr<T>;
type Store = (address: Expr<"i32">, value: Expr<LaneType>) => Statement;
type MemoryInstructions = Readonly<
  Record<"load" | "loadSplat" | "loadByteSplat" | "loadFirst", Load> &
    Record<"store" | "storeFirst" | "storeFirstByte", Store>
>;

/** Loads and stores; every address is in bytes and may have any alignment. */
export const memory: MemoryInstructions = {
  /** Sixteen bytes as four lanes. */
  load: load(0),
  /** Four bytes, repeated in each lane. */
  loadSplat: load(9),
  /** One byte, repeated sixteen times. */
  loadByteSplat: load(7),
  /** Four bytes in the first lane, zeros in the others. */
  loadFirst: load(92),
  store: store(11, []),
  /** The first lane only. */
  storeFirst: store(90, [0]),
  /** The lowest byte of the first lane only. */
  storeFirstByte: store(88, [0]),
};

/** Widens the four lowest bytes to four lanes, zero-extended. */
export function widenBytes(value: Expr<"i32x4">): Expr<"i32x4"> {
  return { type: "i32x4", code: [...value.code, ...simd(137), ...simd(169)] };
}

/** Packs four lanes of at most 255 into the four lowest bytes. */
export function narrowToBytes(value: Expr<"i32x4">): Expr<"i32x4"> {
  const halves = [...value.code, ...value.code, ...simd(133)];
  return { type: "i32x4", code: [...halves, ...halves, ...simd(102)] };
}
