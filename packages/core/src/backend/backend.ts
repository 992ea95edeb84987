import type { DType } from "../dtype.ts";
import type { HostArray } from "../host-array.ts";
import type { Aval } from "../ir/aval.ts";
import type { Ir } from "../ir/ir.ts";
import type { Params, Primitive } from "../primitives/primitive.ts";

/** Storage of one tensor on a backend. Its contents never change once made, except by donation. */
export interface Buffer {
  readonly backend: Backend;
  readonly aval: Aval;
  /** Bytes this buffer holds on the backend. */
  readonly bytes: number;
  /** Whether the contents are gone with the device that held them. */
  readonly isLost?: boolean;
  /** Contents on the host; the array is a copy and may be kept. */
  read(): Promise<HostArray>;
  /** As `read`, at once; throws BackendError where the backend cannot wait. */
  readSync(): HostArray;
  /** Gives the storage back; called once. */
  dispose(): void;
  /**
   * Called instead of `dispose` when the garbage collector took the tensor. Must not refer to contents in host memory,
   * which then go with the tensor, at once; where it is absent the buffer is kept until `dispose` was called.
   */
  readonly collected?: () => void;
}

/** A compiled program. */
export interface Executable {
  /**
   * Runs the program. `inputs` follow the order of `ir.captures` then `ir.inputs`. The storage of an input whose
   * place is marked in `compile`'s `donated` may be reused for outputs and must not be read afterwards.
   */
  run(inputs: readonly Buffer[]): readonly Buffer[];
  dispose(): void;
}

/** How a program is to be compiled. */
export type CompileOptions = {
  /** For each of `ir.captures` then `ir.inputs`: whether its storage may be reused. */
  readonly donated?: readonly boolean[];
  /** Name for messages and profiles. */
  readonly name?: string;
};

/** A place where programs run. */
export interface Backend {
  readonly name: string;
  /** dtypes that it computes in itself; it emulates the others, at no gain in speed. All are native when absent. */
  readonly nativeDTypes?: readonly DType[];
  /** Uploads a host array (copying it). */
  fromHost(array: HostArray): Buffer;
  /** Runs one operation. */
  execute(primitive: Primitive, inputs: readonly Buffer[], params: Params): readonly Buffer[];
  /** Compiles a whole program. */
  compile(ir: Ir, options?: CompileOptions): Executable;
}
