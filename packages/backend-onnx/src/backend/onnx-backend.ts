import {
  type Aval,
  type Backend,
  type Buffer,
  type CompileOptions,
  type Executable,
  type HostArray,
  type Ir,
  type Params,
  type Primitive,
  roundToStorage,
  sizeOf,
  Var,
} from "@adjoint/core/backend";
import { callKey, EagerCache } from "./eager-cache.ts";
import type { Engine } from "./engine.ts";
import { asOnnxBuffer, OnnxBuffer } from "./onnx-buffer.ts";
import { compileProgram, RunQueue, type Runtime } from "./onnx-executable.ts";
import { prepare } from "./prepare.ts";
import { KeptMemory } from "./kept-memory.ts";
import { evaluate, ownData } from "./run-segment.ts";
import { Storage } from "./storage.ts";

/** Settings of `createOnnxBackend`. */
export type OnnxBackendOptions = {
  /** Threads inside one operator; when absent, one for small programs, and for others as many as there are cores. */
  readonly threads?: number;
  /** How many single operations called outside `jit` stay compiled. */
  readonly eagerCacheSize?: number;
  /** Operations outside `jit` on at most this many elements run with the reference kernels, which start sooner. */
  readonly eagerHostLimit?: number;
};

/** A backend that can be closed. */
export interface OnnxBackend extends Backend {
  /** Frees everything compiled for single operations; compiled functions free theirs. */
  dispose(): void;
}

/** Operations that give their operand again, under another shape at most. */
const sharing: ReadonlySet<string> = new Set(["reshape", "stopGradient", "barrier"]);

const singleProgram = (primitive: Primitive, avals: readonly Aval[], params: Params): Ir => {
  const inputs = avals.map((aval) => new Var(aval));
  const outputs = primitive.abstractEval(avals, params).map((aval) => new Var(aval));
  return { inputs, captures: [], eqns: [{ primitive, params, inputs, outputs }], outputs };
};

const nothing = { small: 0, limit: 0, idle: 0 } as const;

const elements = (buffers: readonly Buffer[]): number =>
  buffers.reduce((n, b) => n + sizeOf(b.aval.shape), 0);

/** The backend on an engine that is already there. */
export const onnxBackend = (engine: Engine, options: OnnxBackendOptions = {}): OnnxBackend => {
  const { threads, eagerCacheSize = 512, eagerHostLimit = 64 } = options;
  const session = threads === undefined ? {} : { threads };
  const cache = new EagerCache(eagerCacheSize);
  const upload = (array: HostArray): Buffer =>
    new OnnxBuffer(backend, array, new Storage(array.data));
  const onHost = (
    primitive: Primitive,
    inputs: readonly OnnxBuffer[],
    params: Params,
  ): readonly Buffer[] => {
    const operands = inputs.map((b) => ({ ...b.aval, data: b.storage.data }));
    return evaluate(primitive, operands, params).map((a) =>
      upload({ ...a, data: ownData(roundToStorage(a), operands) }),
    );
  };
  const compile = (ir: Ir, compileOptions: CompileOptions = {}): Executable =>
    compileProgram(prepare(ir, { isNative: engine.isSync }), compileOptions, runtime);
  const backend: OnnxBackend = {
    name: "onnx",
    nativeDTypes: ["float32", "int32", "uint32", "bool"],
    fromHost: (array) => upload({ ...array, data: array.data.slice() }),
    execute: (primitive, inputs, params) => {
      const own = inputs.map(asOnnxBuffer);
      const [first] = own;
      const avals = own.map((b) => b.aval);
      if (first !== undefined && sharing.has(primitive.name))
        return primitive
          .abstractEval(avals, params)
          .map((aval) => new OnnxBuffer(backend, aval, first.storage));
      const isReady = own.every((b) => b.storage.pending === undefined);
      if (isReady && elements(own) <= eagerHostLimit && !("body" in params))
        return onHost(primitive, own, params);
      return cache
        .get(callKey(primitive, avals, params), () =>
          compile(singleProgram(primitive, avals, params)),
        )
        .run(own);
    },
    compile,
    dispose: () => {
      cache.clear();
      if (!engine.isSync) engine.close?.();
    },
  };
  const kept = new KeptMemory(engine.isSync ? engine.kept : nothing);
  const runtime: Runtime = { backend, engine, queue: new RunQueue(), session, kept };
  return backend;
};
