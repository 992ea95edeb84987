import { type HostArray, logicalBytes, roundToStorage } from "../host-array.ts";
import { ArgumentError } from "../errors.ts";
import { evaluateIr } from "../ir/evaluate-ir.ts";
import type { Ir } from "../ir/ir.ts";
import type { Params, Primitive } from "../primitives/primitive.ts";
import type { Backend, Buffer, Executable } from "./backend.ts";

const nothing = (): void => undefined;

class HostBuffer implements Buffer {
  readonly backend: Backend;
  readonly aval: HostArray;
  readonly bytes: number;

  constructor(backend: Backend, array: HostArray) {
    this.backend = backend;
    this.aval = array;
    this.bytes = logicalBytes(array.shape, array.dtype);
  }

  read(): Promise<HostArray> {
    return Promise.resolve(this.readSync());
  }

  readSync(): HostArray {
    return { ...this.aval, data: this.aval.data.slice() };
  }

  readonly collected = nothing;

  dispose(): void {} // garbage collection frees host memory
}

const arrayOf = (buffer: Buffer): HostArray => {
  if (buffer instanceof HostBuffer) return buffer.aval;
  throw new ArgumentError({
    operation: "reference backend",
    rule: "takes its own buffers",
    got: buffer.backend.name,
  });
};

/**
 * Plain TypeScript kernels, float64-capable, no dependencies: the default backend, and the judge of the others.
 * Values are computed in double precision and rounded to the dtype after each operation.
 */
export const referenceBackend: Backend = {
  name: "reference",
  nativeDTypes: ["float64", "float32", "int32", "uint32", "bool"],
  fromHost: (array) => new HostBuffer(referenceBackend, { ...array, data: array.data.slice() }),
  execute: (primitive: Primitive, inputs: readonly Buffer[], params: Params) =>
    primitive
      .evaluate(inputs.map(arrayOf), params)
      .map((a) => new HostBuffer(referenceBackend, roundToStorage(a))),
  compile: (ir: Ir): Executable => ({
    run: (inputs) =>
      evaluateIr(ir, inputs.map(arrayOf)).map((a) => new HostBuffer(referenceBackend, a)),
    dispose: () => undefined,
  }),
};
