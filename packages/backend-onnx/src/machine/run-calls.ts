import { exportedFunction } from "../internal/exported-function.ts";
import { emitKernel, type KernelTarget } from "../wasm/emit-kernel.ts";
import { encodeWasmModule, type WasmFunction } from "../wasm/function-builder.ts";
import { emitGemm } from "./gemm-kernel.ts";
import { emitCopy, emitGather, emitScatter } from "./movement-kernels.ts";
import type { Call } from "./layout.ts";
import type { Schedule } from "./schedule.ts";
import { barrier } from "./write-calls.ts";

/** Encodes one module with everything that the calls of a schedule use. */
export const encodeSchedule = (
  { kernels, threads }: Schedule,
  target: KernelTarget,
  shared: boolean,
): Uint8Array<ArrayBuffer> => {
  const used = new Set(threads.flatMap((calls) => calls.map((c) => c.name)));
  const fixed: Readonly<Record<string, () => WasmFunction>> = {
    gemm: () => emitGemm(target.fusedMultiplyAdd),
    copy: emitCopy,
    gather: emitGather,
    scatterAdd: () => emitScatter("add"),
    scatterSet: () => emitScatter("set"),
  };
  const functions: Record<string, WasmFunction> = {};
  for (const name of used) {
    const kernel = kernels.get(name);
    if (kernel !== undefined) functions[name] = emitKernel(kernel, target);
    else if (name !== barrier) functions[name] = (fixed[name] ?? emitCopy)();
  }
  return encodeWasmModule(functions, shared);
};

/** Binds the calls of one thread to the functions of an instance. */
export const bindCalls = (instance: WebAssembly.Instance, calls: readonly Call[]): (() => void) => {
  const bound = calls
    .filter((c) => c.name !== barrier)
    .map(({ name, args }) => ({ run: exportedFunction(instance, name), args }));
  return () => {
    for (const { run, args } of bound) run(...args);
  };
};
