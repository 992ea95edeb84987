/** WGSL for the polynomial in `x` with these coefficients, constant first, by Horner's rule. */
export const horner = (x: string, coefficients: readonly number[]): string =>
  coefficients.reduceRight<string>(
    (sum, c) => (sum === "" ? wgslNumber(c) : `(${sum} * ${x} + ${wgslNumber(c)})`),
    "",
  );

const wgslNumber = (c: number): string => `${c < 0 ? "(" : ""}${c}f${c < 0 ? ")" : ""}`;
