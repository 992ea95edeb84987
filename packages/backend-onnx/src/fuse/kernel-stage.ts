import type { HostData, Var } from "@adjoint/core/backend";
import type { KernelProgram } from "../wasm/kernel-program.ts";
import { type Kernel, loadKernels } from "../wasm/load-kernels.ts";
import type { KernelPlan, Slot } from "./kernel-plan.ts";

const page = 65536;

/** Text that is the same for equal programs. */
const programKey = (program: KernelProgram): string =>
  JSON.stringify(program, (_, value: unknown) =>
    typeof value === "number" ? (Object.is(value, -0) ? "-0" : String(value)) : value,
  );

/** An array of a dtype over a stretch of memory. */
const viewOf = (
  buffer: ArrayBuffer,
  { aval: { dtype } }: Var,
  { offset, length }: Slot,
): HostData => {
  if (dtype === "bool") return new Uint8Array(buffer, offset, length);
  if (dtype === "int32") return new Int32Array(buffer, offset, length / 4);
  return dtype === "uint32"
    ? new Uint32Array(buffer, offset, length / 4)
    : new Float32Array(buffer, offset, length / 4);
};

/** Compiled kernels with their memory. */
export type KernelStage = {
  /** Where each array of the kernels lies. */
  readonly views: ReadonlyMap<Var, HostData>;
  /** Computes every output from what the views of the inputs hold. */
  readonly run: () => void;
};

/** Compiles the kernels of a plan, each distinct program once, and makes memory for their arrays. */
export const kernelStage = ({ kernels, slots, size }: KernelPlan): KernelStage => {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(size / page) });
  const programs = new Map(kernels.map(({ program }) => [programKey(program), program]));
  const compiled = loadKernels(
    memory,
    Object.fromEntries([...programs.values()].map((program, i) => [`k${i}`, program])),
  );
  const functions = new Map([...programs.keys()].map((key, i) => [key, compiled[`k${i}`]]));
  const calls = kernels.flatMap(({ program, lengths, inputs, outputs }) => {
    const kernel: Kernel | undefined = functions.get(programKey(program));
    const places = [...inputs, ...outputs].map((v) => slots.get(v)?.offset ?? 0);
    return kernel === undefined ? [] : [{ kernel, args: [...lengths, ...places] as const }];
  });
  return {
    views: new Map([...slots].map(([v, slot]) => [v, viewOf(memory.buffer, v, slot)])),
    run: () => {
      for (const { kernel, args } of calls) kernel(...args);
    },
  };
};
