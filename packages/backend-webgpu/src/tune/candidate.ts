import type { Storage } from "../emit/arrays.ts";
import type { MatmulVariant } from "../matmul/matmul-variant.ts";
import { aligned, bytesOf, type Place } from "../plan/memory.ts";
import { bindKernel } from "../run/bound-kernel.ts";
import { Dispatch } from "../run/dispatch.ts";
import type { Located } from "../run/located.ts";
import type { Runtime } from "../run/runtime.ts";
import type { Product } from "./product.ts";

/** Most ways that are timed for one product. */
const mostCandidates = 4;

/** Products over more bytes are not timed: the arrays that they are timed on would take too much memory. */
const mostBytes = 2 ** 28;

/** A way to compute a product with kernels that are ready to be timed. */
export type Candidate = {
  readonly variant: MatmulVariant;
  readonly dispatches: readonly Dispatch[];
};

/** The candidates of a product, and the memory that they are timed in. */
export type Candidates = {
  readonly product: Product;
  readonly list: readonly Candidate[];
  readonly bytes: number;
};

const offsetsOf = (
  storages: readonly Storage[],
): ReadonlyMap<Storage, Place> & { bytes: number } => {
  const places = new Map<Storage, Place>();
  let bytes = 0;
  for (const storage of storages) {
    if (places.has(storage)) continue;
    places.set(storage, { kind: "scratch", offset: bytes });
    bytes += aligned(bytesOf(storage));
  }
  return Object.assign(places, { bytes });
};

/** Begins to compile the first few ways to compute a product; undefined when there is nothing to choose from. */
export const candidatesOf = (product: Product, runtime: Runtime): Candidates | undefined => {
  const { maxBindings } = runtime.device.profile;
  const emitted = product.variants
    .slice(0, mostCandidates)
    .map((variant) => ({ variant, kernels: product.kernels(variant) }));
  const places = offsetsOf(emitted.flatMap((e) => e.kernels.flatMap((k) => k.storages)));
  if (places.bytes > mostBytes) return undefined;
  const list = emitted.flatMap(({ variant, kernels }): readonly Candidate[] => {
    const bound = kernels.map((kernel) => bindKernel(kernel, places, false));
    if (bound.some(({ bindings }) => bindings.length > maxBindings)) return [];
    const dispatches = bound.map(
      (kernel) => new Dispatch(kernel, runtime.pipelines.alone(kernel), undefined, undefined),
    );
    return [{ variant, dispatches }];
  });
  return list.length > 1 ? { product, list, bytes: places.bytes } : undefined;
};

/** Where the operands of a dispatch lie in the memory that candidates are timed in. */
export const locatedIn = (gpu: GPUBuffer, { bound }: Dispatch): readonly Located[] =>
  bound.bindings.map(({ place }) => ({ gpu, offset: place.kind === "scratch" ? place.offset : 0 }));
