import { BackendError } from "@adjoint/core/backend";
import type { DeviceProfile } from "../device/profile.ts";

/** Strides over batch, head, position and feature (or batch, head, query and key), in elements. */
export type Strides = readonly [number, number, number, number];

/** Where an array lies inside an operand: element (b, h, t, d) is at offset + its indices times the strides. */
export type View = { readonly name: string; readonly offset: number; readonly strides: Strides };

/** Arrays that attention and its derivative read and write, by their part. */
export type AttentionPart = "q" | "k" | "v" | "y" | "dy" | "dq" | "dk" | "dv";

/** Dropout of weights. The operand `name` holds two words (u32) for each of `groups` equal shares of the batch. */
export type AttentionDropout = {
  readonly rate: number;
  readonly name: string;
  readonly groups: number;
};

/**
 * Attention over `batch` (the product of the leading axes), `heads` of queries and `kvHeads` of keys and values. The
 * meaning of every setting is that of core's `attention`. Views with one name share an operand, such as q, k and v in a
 * packed array; strides of 0 repeat. Log-sum-exps are an array (batch, heads, queryLength) called `lse`.
 */
export type AttentionSpec = {
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly queryLength: number;
  readonly keyLength: number;
  readonly headSize: number;
  readonly valueSize: number;
  readonly scale: number;
  readonly causal: boolean;
  readonly window?: number;
  readonly softcap?: number;
  /** u32 of 0 or 1 over (b, h, t, s). */
  readonly mask?: View;
  /** Numbers over (b, h, t, s). */
  readonly bias?: View & { readonly half: boolean };
  readonly dropout?: AttentionDropout;
  /** Whether arrays hold f16; log-sum-exps and sums stay f32. */
  readonly half: boolean;
  readonly views: Readonly<Partial<Record<AttentionPart, View>>>;
};

/** What the choice of a kernel needs to know of a device. */
export type AttentionDevice = Pick<
  DeviceProfile,
  "isSoftware" | "workgroupStorage" | "subgroups" | "f16"
>;

/** Features of a part: of values for v and y, of queries and keys for the others. */
export const featuresOf = (spec: AttentionSpec, part: AttentionPart): number =>
  part === "v" || part === "y" || part === "dy" || part === "dv" ? spec.valueSize : spec.headSize;

/** Vectors of 4 features that hold `features`. */
export const groupsOf = (features: number): number => Math.ceil(features / 4);

/** The view of a part; throws BackendError when the spec has none. */
export const viewOf = (spec: AttentionSpec, part: AttentionPart): View => {
  const view = spec.views[part];
  if (view !== undefined) return view;
  throw new BackendError({
    operation: "attention",
    rule: "a kernel needs a view of everything it reads and writes",
    got: `none of ${part}`,
  });
};

/** The view of an array (batch, heads, length, features) of its own. */
export const wholeView = (name: string, heads: number, length: number, features: number): View => ({
  name,
  offset: 0,
  strides: [heads * length * features, length * features, features, 1],
});

/** Multiplications and additions for every pair of a query and a key that is seen, times the `products` of matrices. */
export const flopsOf = (spec: AttentionSpec, products: number): number => {
  const { batch, heads, queryLength, keyLength, headSize, valueSize, causal } = spec;
  const window = spec.window ?? keyLength;
  const seen = Math.min(
    causal ? keyLength - Math.min(queryLength, keyLength) / 2 : keyLength,
    window,
  );
  return Math.round(batch * heads * queryLength * seen * (headSize + valueSize) * products);
};
