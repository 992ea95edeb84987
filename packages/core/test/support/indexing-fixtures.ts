import { readFileSync } from "node:fs";
import { type DType, fromData, type Tensor } from "@adjoint/core";

type Packed = {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly (number | string | boolean)[];
};
type Value = Packed | number | string | boolean | null | readonly Value[];

/** A row of fixtures/ops.json. */
export type Case = {
  readonly op: string;
  readonly args: readonly Value[];
  readonly options: Readonly<Record<string, Value>>;
  readonly out: Packed | readonly Packed[];
  readonly grads?: readonly (readonly (number | string)[] | null)[];
  readonly note?: string;
};

const file: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../fixtures/ops.json", import.meta.url), "utf8"),
);

/** The rows of one operation. */
export const casesOf = (op: string): readonly Case[] => {
  const found = file.cases.filter((c) => c.op === op);
  if (found.length === 0) throw new Error(`no fixture of ${op}`);
  return found;
};

const isPacked = (value: Value): value is Packed =>
  typeof value === "object" && value !== null && "data" in value;

const numbers = (data: readonly (number | string | boolean)[]): number[] => data.map(Number);

/** The tensor arguments of a row; float32 ones are widened so that values and gradients can be compared closely. */
export const tensorsOf = (c: Case): readonly Tensor[] =>
  c.args
    .filter(isPacked)
    .map(({ shape, dtype, data }) =>
      fromData(Float64Array.from(numbers(data)), shape, dtype === "float32" ? "float64" : dtype),
    );

/** Expected values, one list per output. */
export const expected = (
  c: Case,
): readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[] =>
  [c.out].flat().map(({ shape, data }) => ({ shape, data: numbers(data) }));

/** A numeric option, or undefined. */
export const numberOption = (c: Case, name: string): number | undefined => {
  const value = c.options[name];
  return typeof value === "number" ? value : undefined;
};

/** Whether an option is set. */
export const flag = (c: Case, name: string): boolean => c.options[name] === true;

/** What a row is called in reports. */
export const title = (c: Case): string => `${c.op} ${JSON.stringify(c.options)} ${c.note ?? ""}`;
