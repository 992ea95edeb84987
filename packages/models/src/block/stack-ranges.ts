import type { BlockConfig } from "./block-config.ts";

/** Layers from `start` to before `end`. */
export type LayerRange = { readonly start: number; readonly end: number };

/** Neighbouring layers whose parameters have the same structure. */
export const stackRanges = ({
  nLayer,
  experts,
}: Pick<BlockConfig, "nLayer" | "experts">): readonly LayerRange[] => {
  const first = Math.min(experts?.firstDense ?? 0, nLayer);
  return [
    { start: 0, end: first },
    { start: first, end: nLayer },
  ].filter(({ start, end }) => end > start);
};
