import type { Normalizer } from "./normalizer.ts";

/** To do. */
export const precompiled =
  (_charsmap: Uint8Array): Normalizer =>
  (source) =>
    source;
