import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const beside = fileURLToPath(new URL("../../peers", import.meta.url));

/** The folder of one peer; a bundle finds it from the repository's root. */
export const peerFolder = (peer: string): string =>
  join(existsSync(beside) ? beside : join(process.cwd(), "tools", "bench", "peers"), peer);
