import type { Source } from "./corpus.ts";
import { pieces } from "./corpus.ts";

/** Every `step`-th piece of each source, from the first on. */
export const sample = (sources: readonly Source[], size: number, step: number): readonly string[] =>
  sources.flatMap(({ text }) => pieces(text, size).filter((_, i) => i % step === 0));
