import { type AttentionPart, type AttentionSpec, featuresOf } from "./attention-spec.ts";

const isOfKeys = (part: AttentionPart): boolean =>
  part === "k" || part === "v" || part === "dk" || part === "dv";

/** Bytes of the parts that a kernel reads and writes. */
export const bytesOf = (spec: AttentionSpec, parts: readonly AttentionPart[]): number => {
  const { batch, heads, kvHeads, queryLength, keyLength, half } = spec;
  const rows = (part: AttentionPart): number =>
    isOfKeys(part) ? batch * kvHeads * keyLength : batch * heads * queryLength;
  return parts.reduce((n, part) => n + rows(part) * featuresOf(spec, part) * (half ? 2 : 4), 0);
};
