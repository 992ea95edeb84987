import { invalid } from "./gguf-error.ts";
import type { Reader } from "./reader.ts";

/** A value that a file says of its model. */
export type GgufValue = number | boolean | string | readonly GgufValue[];

/** Arrays of arrays deeper than this are no metadata. */
const deepest = 4;

const fixed: ReadonlyMap<number, readonly [bytes: number, read: (view: DataView) => number]> =
  new Map<number, readonly [number, (view: DataView) => number]>([
    [0, [1, (v) => v.getUint8(0)]],
    [1, [1, (v) => v.getInt8(0)]],
    [2, [2, (v) => v.getUint16(0, true)]],
    [3, [2, (v) => v.getInt16(0, true)]],
    [4, [4, (v) => v.getUint32(0, true)]],
    [5, [4, (v) => v.getInt32(0, true)]],
    [6, [4, (v) => v.getFloat32(0, true)]],
    [12, [8, (v) => v.getFloat64(0, true)]],
  ]);

const readArray = async (reader: Reader, depth: number): Promise<readonly GgufValue[]> => {
  if (depth > deepest) throw invalid("arrays nest a few deep", `deeper at byte ${reader.position}`);
  const type = await reader.uint32();
  const count = await reader.count("the length of an array");
  const values: GgufValue[] = [];
  for (let i = 0; i < count; i++) values.push(await readValue(reader, type, depth + 1));
  return values;
};

/** Reads a value of a type, by the number that the format gives it. */
export const readValue = async (reader: Reader, type: number, depth = 0): Promise<GgufValue> => {
  const number = fixed.get(type);
  if (number !== undefined) return reader.number(...number);
  if (type === 7) return (await reader.number(1, (v) => v.getUint8(0))) !== 0;
  if (type === 8) return reader.string();
  if (type === 9) return readArray(reader, depth);
  if (type === 10 || type === 11) return reader.wide(type === 11);
  throw invalid("a value's type is 0 to 12", `${type} before byte ${reader.position}`);
};
