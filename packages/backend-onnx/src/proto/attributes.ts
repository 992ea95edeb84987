import type { AttributeRecord, GraphRecord } from "./model-record.ts";

/** An integer attribute. */
export function intAttribute(value: number | bigint): AttributeRecord {
  return { kind: "int", value };
}

/** A float32 attribute. */
export function floatAttribute(value: number): AttributeRecord {
  return { kind: "float", value };
}

/** A text attribute, such as the reduction of `ScatterND`. */
export function stringAttribute(value: string): AttributeRecord {
  return { kind: "string", value };
}

/** A subgraph attribute, such as the body of `Loop`. */
export function graphAttribute(value: GraphRecord): AttributeRecord {
  return { kind: "graph", value };
}

/** An integer list attribute, such as `perm` of `Transpose`. */
export function intsAttribute(value: readonly (number | bigint)[]): AttributeRecord {
  return { kind: "ints", value };
}
