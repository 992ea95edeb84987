import type { WasmMemory } from "./wasm-memory.ts";
import { exportedFunction } from "../internal/exported-function.ts";
import { memoryImport } from "../internal/memory-import.ts";
import { mapRecord } from "../internal/map-record.ts";
import { emitKernel, type KernelTarget } from "./emit-kernel.ts";
import { encodeWasmModule, functionBuilder } from "./function-builder.ts";
import { f32x4, i32 } from "./instructions.ts";
import type { KernelProgram } from "./kernel-program.ts";
import { memory } from "./memory-instructions.ts";

/**
 * A compiled kernel: the lengths of its three loops, then the byte address of each input and each output.
 *
 * Nothing is checked on the way in; addresses outside the memory trap.
 */
export type Kernel = (
  blocks: number,
  rows: number,
  columns: number,
  ...addresses: readonly number[]
) => void;

/**
 * Compiles kernels into one WebAssembly module that works on `target`.
 *
 * @throws {KernelProgramError} when a program breaks a typing rule.
 *
 * @example
 * ```ts doctest
 * import { loadKernels } from "@adjoint/backend-onnx";
 * const memory = new WebAssembly.Memory({ initial: 1 });
 * const whole = { blocks: true, rows: true, columns: true };
 * const { square } = loadKernels(memory, {
 *   square: {
 *     inputs: [{ dtype: "float32", axes: whole }],
 *     steps: [{ op: "mul", args: [0, 0] }],
 *     outputs: [{ value: 1, axes: whole }],
 *   },
 * });
 * const x = new Float32Array(memory.buffer, 0, 3);
 * x.set([1, 2, 3]);
 * square(1, 1, 3, x.byteOffset, x.byteOffset);
 * [...x]; // => [1, 4, 9]
 * ```
 */
export function loadKernels<Name extends string>(
  wasmMemory: WasmMemory,
  programs: Readonly<Record<Name, KernelProgram>>,
  target: KernelTarget = detectKernelTarget(),
): Readonly<Record<Name, Kernel>> {
  const functions = mapRecord(programs, (program) => emitKernel(program, target));
  const module = new WebAssembly.Module(encodeWasmModule(functions));
  const instance = new WebAssembly.Instance(module, { env: { memory: memoryImport(wasmMemory) } });
  return mapRecord(programs, (_, name) => exportedFunction(instance, name));
}

/** What this engine supports: relaxed SIMD is in Node from 21 on, and in Chromium from 114 on. */
export function detectKernelTarget(): KernelTarget {
  const builder = functionBuilder(0);
  const zero = f32x4.constant(0);
  builder.emit(memory.store(i32.constant(0), f32x4.relaxedMultiplyAdd(zero, zero, zero)));
  return { fusedMultiplyAdd: WebAssembly.validate(encodeWasmModule({ probe: builder.finish() })) };
}
