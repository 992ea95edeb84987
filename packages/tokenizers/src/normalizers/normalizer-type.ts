import type { AlignedText } from "../text/aligned-text.ts";

/** A pure change to a text. */
export type Normalizer = (source: AlignedText) => AlignedText;
