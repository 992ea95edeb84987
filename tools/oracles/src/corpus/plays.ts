import { readFileSync } from "node:fs";

/** English: plays of Shakespeare (public domain), 1.1 MB. */
export const plays = (): string =>
  readFileSync(
    new URL("../../../../apps/shakespeare/data/tinyshakespeare.txt", import.meta.url),
    "utf8",
  );
