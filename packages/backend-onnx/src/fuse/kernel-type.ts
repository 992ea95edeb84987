import type { KernelType } from "../wasm/kernel-program.ts";

const types: Readonly<Partial<Record<string, KernelType>>> = {
  float32: "float32",
  int32: "int32",
  uint32: "uint32",
  bool: "bool",
};

/** The kernel type of a dtype; undefined for those that kernels do not compute in. */
export const kernelTypeOf = (dtype: string): KernelType | undefined => types[dtype];
