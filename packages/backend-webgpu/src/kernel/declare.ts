import type { Kernel, Operand } from "./kernel.ts";

/** Declares operand `i`; a read-only binding cannot share a buffer with a written one in the same dispatch. */
const declaration = ({ name, element, access }: Operand, i: number): string =>
  `@group(0) @binding(${i}) var<storage, ${access === "read" ? "read" : "read_write"}> ${name}: array<${element}>;`;

/** The whole WGSL module of a kernel, numbers still marked. */
export const moduleOf = ({ operands, code }: Kernel): string => {
  const half = operands.some(({ element }) => element.includes("f16")) || /\bf16\b/.test(code);
  const lanes = /\bsubgroup[A-Z_]/.test(code);
  return [
    half ? "enable f16;" : "",
    lanes ? "enable subgroups;" : "",
    ...operands.map(declaration),
    code,
  ].join("\n");
};
