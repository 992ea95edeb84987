/// <reference lib="esnext.disposable" preserve="true" />
import { allocate, at, type HostArray, type HostData, roundToStorage } from "./host-array.ts";
import type { Buffer } from "./backend/backend.ts";
import { getBackend } from "./backend/current.ts";
import { checkNans, isDebuggingNans } from "./backend/debug-nans.ts";
import { Holding, releaseWhenCollected } from "./backend/memory.ts";
import { track, untrack } from "./backend/scope.ts";
import type { DType } from "./dtype.ts";
import { ArgumentError, DisposedError, ShapeError, TracerError } from "./errors.ts";
import { formatTensor, nest } from "./format.ts";
import { type Aval, formatAval } from "./ir/aval.ts";
import { holdsProgram, type Var } from "./ir/ir.ts";
import { activeTraces, destination, leaked, type Trace } from "./ir/trace.ts";
import { TensorMethods } from "./methods.ts";
import type { Params, Primitive } from "./primitives/primitive.ts";
import { checkShape } from "./shape.ts";

/** What stands behind a tensor: storage on a backend, a name in a traced program, or a scalar constant. */
type Content =
  | { readonly kind: "stored"; readonly buffer: Buffer; readonly holding: Holding }
  | { readonly kind: "traced"; readonly trace: Trace; readonly variable: Var }
  | { readonly kind: "literal"; readonly value: number; stored?: Buffer };

/** Nested arrays of numbers or booleans, as `toArray` gives them; a scalar is the value itself. */
export type Nested = number | boolean | readonly Nested[];

/** What operations accept as an operand: a tensor, or a JavaScript number or boolean (which adapts its dtype). */
export type TensorLike = Tensor | number | boolean;

/**
 * An immutable n-dimensional array. It is a value: operations give new tensors, nothing changes in place.
 * Made by `tensor`, `zeros`, `arange`, … and by operations; operands are borrowed, results belong to the caller.
 *
 * ```ts doctest
 * import { tensor } from "@adjoint/core";
 * const x = tensor([[1, 2], [3, 4]]);
 * x.shape; // => [2, 2]
 * await x.mul(2).sum(0).toArray(); // => [8, 12]
 * ```
 */
export class Tensor extends TensorMethods {
  override readonly aval: Aval;
  readonly #content: Content;

  private constructor(aval: Aval, content: Content) {
    super();
    this.aval = aval;
    this.#content = content;
  }

  /** @internal A tensor that owns `buffer`. */
  static stored(buffer: Buffer): Tensor {
    const holding = new Holding(buffer);
    const result = new Tensor(
      { shape: buffer.aval.shape, dtype: buffer.aval.dtype },
      { kind: "stored", buffer, holding },
    );
    releaseWhenCollected(result, holding);
    track(result);
    return result;
  }

  /** @internal A name in a program being traced. */
  static traced(trace: Trace, variable: Var): Tensor {
    return new Tensor(variable.aval, { kind: "traced", trace, variable });
  }

  /** @internal A scalar constant. */
  static literal(value: number, dtype: DType): Tensor {
    const data = allocate(dtype, 1);
    data[0] = value;
    return new Tensor(
      { shape: [], dtype },
      { kind: "literal", value: at(roundToStorage({ shape: [], dtype, data }).data, 0) },
    );
  }

  /** @internal A number passed as an argument: a float32 scalar that adapts to the tensor beside it. */
  static number(value: number): Tensor {
    const plain = Tensor.literal(value, "float32");
    const number = Number.isInteger(value) ? "whole" : "fraction";
    return new Tensor({ ...plain.aval, number }, plain.#content);
  }

  /** Sizes of the axes, outermost first. */
  override get shape(): readonly number[] {
    return this.aval.shape;
  }

  /** Element type. */
  override get dtype(): DType {
    return this.aval.dtype;
  }

  /** @internal */
  get trace(): Trace | undefined {
    return this.#content.kind === "traced" ? this.#content.trace : undefined;
  }

  /** @internal */
  get traceVariable(): Var {
    if (this.#content.kind === "traced") return this.#content.variable;
    throw new TracerError({
      operation: "trace",
      rule: "only a traced value has a name",
      got: formatAval(this.aval),
    });
  }

  /** @internal */
  get literalValue(): number | undefined {
    return this.#content.kind === "literal" ? this.#content.value : undefined;
  }

  /** @internal Storage on the current backend; throws for traced or disposed tensors. */
  get buffer(): Buffer {
    const content = this.#content;
    if (content.kind === "stored" && !content.holding.open)
      throw new DisposedError({
        operation: "tensor",
        rule: "a tensor cannot be used after dispose, after its scope closed, or after it was donated",
        got: formatAval(this.aval),
        fix: "keep it by returning it from the scope, or do not donate it",
      });
    if (content.kind === "stored") return content.buffer;
    if (content.kind === "literal") return this.#materialize(content);
    if (!activeTraces().includes(content.trace)) throw leaked(this);
    throw new TracerError({
      operation: "read",
      rule: "a value under trace (grad, vmap, jit, scan, ...) has no data yet",
      got: formatAval(this.aval),
      fix: "return it and read it outside, or use where/cond instead of a JavaScript condition",
    });
  }

  /** @internal Whether its storage is gone with the device that held it. */
  get isLost(): boolean {
    return this.#content.kind === "stored" && this.#content.buffer.isLost === true;
  }

  #upload(value: number): Buffer {
    const data = allocate(this.dtype, 1);
    data[0] = value;
    return getBackend().fromHost({ ...this.aval, data });
  }

  /** Constants are uploaded when they are first needed, and do not count in `memory()`. */
  #materialize(content: { readonly value: number; stored?: Buffer }): Buffer {
    const { stored } = content;
    if (stored?.backend === getBackend() && stored.isLost !== true) return stored;
    content.stored = this.#upload(content.value);
    return content.stored;
  }

  /** @internal Storage on the current backend that may be given away: a constant's is made anew. */
  ownBuffer(): Buffer {
    const { literalValue } = this;
    if (literalValue !== undefined) return this.#upload(literalValue);
    const { buffer } = this;
    const backend = getBackend();
    return buffer.backend === backend ? buffer : backend.fromHost(buffer.readSync());
  }

  /** @internal */
  protected override self(): Tensor {
    return this;
  }

  /** @internal */
  override bind<P extends Params>(
    primitive: Primitive<P>,
    inputs: readonly Tensor[],
    params: P,
  ): readonly Tensor[] {
    return apply(primitive, inputs, params);
  }

  /** @internal */
  override literal(value: number, dtype: DType): Tensor {
    return Tensor.literal(value, dtype);
  }

  /** Contents in row-major order as a typed array (float16 and bfloat16 widen to Float32Array, bool is 0 or 1). */
  async data(): Promise<HostData> {
    return (await this.buffer.read()).data;
  }

  /** As `data`, at once; throws BackendError on backends that cannot wait. */
  dataSync(): HostData {
    return this.buffer.readSync().data;
  }

  /** The value of a one-element tensor; throws ShapeError for others. */
  async item(): Promise<number | boolean> {
    return scalarOf(await this.buffer.read());
  }

  /** As `item`, at once. */
  itemSync(): number | boolean {
    return scalarOf(this.buffer.readSync());
  }

  /** Contents as nested arrays. */
  async toArray(): Promise<Nested> {
    return nest(await this.buffer.read());
  }

  /** As `toArray`, at once. */
  toArraySync(): Nested {
    return nest(this.buffer.readSync());
  }

  /** @internal Ends this tensor's life without freeing its storage, which an executable takes over. */
  donate(): void {
    if (this.#content.kind !== "stored") return;
    untrack(this);
    this.#content.holding.surrender();
  }

  /** Frees the storage now instead of when it is garbage collected; harmless when repeated. */
  dispose(): void {
    if (this.#content.kind !== "stored") return;
    untrack(this);
    this.#content.holding.release();
  }

  /** Lets `using x = ...` free the tensor at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** `x > 1` and the like would silently compare with NaN. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint !== "number") return this.toString();
    throw new ArgumentError({
      operation: "tensor",
      rule: "a tensor is no JavaScript number",
      got: formatAval(this.aval),
      fix: "compute with methods such as greater() and sub(), choose with where or cond, or read it with item()",
    });
  }

  /** Readable summary: type, shape and, where they can be read at once, the values. */
  override toString(): string {
    const { kind } = this.#content;
    if (kind === "traced") return `Tensor(${formatAval(this.aval)}, traced)`;
    if (kind === "stored" && !this.#content.holding.open)
      return `Tensor(${formatAval(this.aval)}, disposed)`;
    return formatTensor(this.aval, () => this.buffer.readSync());
  }
}

// what console.log prints in Node
Object.defineProperty(Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Tensor): string {
    return this.toString();
  },
});

const scalarOf = (array: HostArray): number | boolean => {
  if (array.data.length !== 1)
    throw new ShapeError({
      operation: "item",
      rule: "needs a tensor of one element",
      got: formatAval(array),
      fix: "use toArray() or data(), or reduce first",
    });
  const value = at(array.data, 0);
  return array.dtype === "bool" ? value !== 0 : value;
};

/** Copies of buffers on the backend that asked for them last; each is freed with the buffer that it is a copy of. */
const copies = /* @__PURE__ */ new WeakMap<Buffer, Buffer>();

/** @internal The storage of `tensor` on the current backend, copied there once when it is on another. */
export const bufferOnBackend = (tensor: Tensor): Buffer => {
  const { buffer } = tensor;
  const backend = getBackend();
  if (buffer.backend === backend) return buffer;
  const known = copies.get(buffer);
  if (known?.backend === backend && known.isLost !== true) return known;
  const copy = backend.fromHost(buffer.readSync());
  copies.set(buffer, copy);
  releaseWhenCollected(buffer, new Holding(copy));
  return copy;
};

/** Types of the outputs; throws a typed error when the inputs do not fit, or the outputs are too large. */
const outputTypes = <P extends Params>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  params: P,
): readonly Aval[] => {
  const avals = primitive.abstractEval(
    inputs.map((t) => t.aval),
    params,
  );
  return avals.map(({ shape, dtype }) => ({ shape: checkShape(primitive.name, shape), dtype }));
};

/** Runs a loop, branch or call with the reference kernels, which check each operation inside it. */
const runOnHost = <P extends Params>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  params: P,
): readonly Tensor[] => {
  const arrays = inputs.map((t) => bufferOnBackend(t).readSync());
  const results = primitive.evaluate(arrays, params).map(roundToStorage);
  return results.map((array) => Tensor.stored(getBackend().fromHost(array)));
};

const runNow = <P extends Params>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  params: P,
): readonly Tensor[] => {
  outputTypes(primitive, inputs, params);
  if (isDebuggingNans() && holdsProgram(params)) return runOnHost(primitive, inputs, params);
  const buffers = getBackend().execute(primitive, inputs.map(bufferOnBackend), params);
  checkNans(primitive.name, buffers);
  return buffers.map((b) => Tensor.stored(b));
};

/** Applies a primitive to any number of operands: records it in the trace being built, or runs it at once. */
export const apply = <P extends Params>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  params: P,
): readonly Tensor[] => {
  const trace = destination(inputs);
  if (trace === undefined) return runNow(primitive, inputs, params);
  const avals = outputTypes(primitive, inputs, params);
  return trace.record(primitive, inputs, params, avals).map((v) => Tensor.traced(trace, v));
};
