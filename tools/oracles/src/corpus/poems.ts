import { readFileSync } from "node:fs";

/** Chinese: poems of Tang and Song, and the Analects (chinese-poetry, MIT), 0.25 MB. */
export const poems = (): string =>
  readFileSync(new URL("../../corpus/chinese-poetry.txt", import.meta.url), "utf8");
