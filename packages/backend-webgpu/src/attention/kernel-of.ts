import type { Grid, Kernel, Operand } from "../kernel/kernel.ts";
import { type AttentionPart, type AttentionSpec, flopsOf } from "./attention-spec.ts";
import { bytesOf } from "./bytes.ts";

/** What a kernel of attention is made of; it costs `products` times the work of the value. */
export type AttentionKernel = {
  readonly name: string;
  readonly operands: readonly Operand[];
  readonly code: string;
  readonly grid: Grid;
  readonly parts: readonly AttentionPart[];
  readonly products: number;
};

/** The kernel, what it reads before what it writes. */
export const kernelOf = (
  spec: AttentionSpec,
  { name, operands, code, grid, parts, products }: AttentionKernel,
): Kernel => {
  const isRead = ({ access }: Operand): boolean => access === "read";
  return {
    name,
    operands: [...operands.filter(isRead), ...operands.filter((o) => !isRead(o))],
    code,
    grid,
    flops: flopsOf(spec, products),
    bytes: bytesOf(spec, parts),
  };
};
