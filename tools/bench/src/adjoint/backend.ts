import { createOnnxBackend } from "@adjoint/backend-onnx";
import { setBackend } from "@adjoint/core";

/** Chooses the backend of a variant: onnx (native or WASM, as the place has it) or the reference. */
export const useBackend = async (variant: string): Promise<void> => {
  if (variant !== "reference")
    setBackend(
      await createOnnxBackend(variant === "wasm" ? { threads: navigator.hardwareConcurrency } : {}),
    );
};
