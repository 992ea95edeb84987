import type { Aval, Eqn } from "@adjoint/core/backend";
import { flagParam } from "@adjoint/core/passes";
import { lowerings } from "./table.ts";

/** Operators whose CPU kernels exist for float32 and not for float64. */
const singleOnly: ReadonlySet<string> = new Set([
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "asinh",
  "acosh",
  "atanh",
  "erf",
  "erfInv",
  "atan2",
  "gelu",
  "fma",
]);

/** Whether ONNX Runtime can compute an equation, decompositions aside. */
export const hasKernel = ({ primitive, inputs, params }: Eqn): boolean => {
  if (!Object.hasOwn(lowerings, primitive.name)) return false;
  if (primitive.name === "attention") return flagParam(params, "valueOnly");
  const [first] = inputs;
  if (primitive.name === "conv")
    return (
      first?.aval.dtype !== "float64" &&
      first?.aval.dtype !== "int32" &&
      first?.aval.dtype !== "uint32"
    );
  return !(singleOnly.has(primitive.name) && first?.aval.dtype === "float64");
};

/** Whether an equation is replaced by what it decomposes to, where it can be decomposed. */
export const isDecomposed = (eqn: Eqn): boolean =>
  !hasKernel(eqn) && !hostKernels.has(eqn.primitive.name);

/** A loop on the host beats the unrolled program that these decompose to. */
const hostKernels: ReadonlySet<string> = new Set([
  "cholesky",
  "triangularSolve",
  "qr",
  "lu",
  "threefry2x32",
]);

const isFloat = (atom: Aval | undefined): boolean => atom?.dtype === "float32";

/** Reading the bits of floats costs nothing on the host, and tens of nodes in a graph. */
const isFree = ({ primitive, inputs, outputs }: Eqn): boolean =>
  primitive.name === "bitcast" && isFloat(inputs[0]?.aval) !== isFloat(outputs[0]?.aval);

/** Whether the host runs an equation, where a program may be cut at it. */
export const runsOnHost = (eqn: Eqn): boolean => !hasKernel(eqn) || isFree(eqn);
