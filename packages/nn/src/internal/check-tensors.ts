import { ArgumentError, isTensor } from "@adjoint/core";

/** What kind of thing a value is, for errors. */
export const described = (value: unknown): string => {
  if (isTensor(value)) return `a tensor [${value.shape.join()}]`;
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
};

/** Throws ArgumentError unless all of the values, called by their names, are tensors. */
export const checkTensors = (
  operation: string,
  values: Readonly<Record<string, unknown>>,
): void => {
  for (const [name, value] of Object.entries(values))
    if (!isTensor(value))
      throw new ArgumentError({
        operation,
        rule: `${name} must be a tensor`,
        got: described(value),
        fix: "make one with tensor(...)",
      });
};

/** Throws ArgumentError unless all of the values, called by their names, are records. */
export const checkRecords = (
  operation: string,
  values: Readonly<Record<string, unknown>>,
): void => {
  for (const [name, value] of Object.entries(values))
    if (typeof value !== "object" || value === null || Array.isArray(value) || isTensor(value))
      throw new ArgumentError({
        operation,
        rule: `${name} must be a record`,
        got: described(value),
      });
};

/** Throws ArgumentError unless each of the fields of parameters is a layer with a kernel. */
export const checkKernels = <K extends string>(
  operation: string,
  { params }: { readonly params: Readonly<Record<K, { readonly kernel: unknown }>> },
  fields: readonly K[],
): void => {
  checkRecords(operation, { params });
  for (const field of fields) {
    checkRecords(operation, { [`params.${field}`]: params[field] });
    checkTensors(operation, { [`params.${field}.kernel`]: params[field].kernel });
  }
};
