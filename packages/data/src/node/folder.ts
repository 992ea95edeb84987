import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import picomatch from "picomatch";
import { createDataset, type Step } from "../dataset/create-dataset.ts";
import type { Dataset, DatasetState } from "../dataset/dataset.ts";
import { DatasetStateError, SourceError } from "../errors.ts";
import type { ByteSource } from "../sources/byte-source.ts";
import { fileSource } from "./file-source.ts";

/** Which files of a folder are read. */
export type FolderOptions = {
  /** Patterns of paths within the folder, with "/" on every system, such as "*.jsonl"; all files when absent. */
  readonly glob?: string | readonly string[];
  /** Looks into folders within, true when absent. Symbolic links are left out. */
  readonly recursive?: boolean;
};

/** A file of a folder. */
export type FolderFile = ByteSource & {
  /** Its path within the folder, with "/" on every system. */
  readonly path: string;
};

const listFiles = async (root: string, recursive: boolean): Promise<string[]> => {
  try {
    const entries = await readdir(root, { recursive, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, "/"));
  } catch (cause) {
    throw new SourceError(
      {
        operation: "folder",
        rule: `must be able to list ${root}`,
        got: cause instanceof Error ? cause.message : String(cause),
        fix: "check the path",
      },
      { cause },
    );
  }
};

const lastPath = (state: DatasetState): string | undefined => {
  if (state === null) return undefined;
  if (typeof state === "string") return state;
  throw new DatasetStateError({
    operation: "folder",
    rule: "a state must be the path of a file",
    got: JSON.stringify(state),
  });
};

/** Paths in the order of their UTF-16 units, which no language setting changes. */
const byUnits = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/**
 * The files of a folder, in the order of their paths. A state is the path of the last file. Readers get SourceError when
 * the folder cannot be listed.
 *
 * ```ts doctest
 * import { mkdtemp, writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { collect, flatMap, pipe, textLines } from "@adjoint/data";
 * import { folder } from "@adjoint/data/node";
 * const root = await mkdtemp(join(tmpdir(), "adjoint-"));
 * await writeFile(join(root, "b.txt"), "3\n");
 * await writeFile(join(root, "a.txt"), "1\n2\n");
 * await collect(pipe(folder(root, { glob: "*.txt" }), flatMap((file) => textLines(file)))); // => ["1", "2", "3"]
 * ```
 */
export const folder = (
  root: string,
  { glob = "**", recursive = true }: FolderOptions = {},
): Dataset<FolderFile> => {
  const isWanted = picomatch([glob].flat(), { dot: true });
  async function* run(last: string | undefined): AsyncGenerator<Step<FolderFile>> {
    const paths = await listFiles(root, recursive);
    for (const path of paths.filter((name) => isWanted(name)).sort(byUnits))
      if (last === undefined || byUnits(path, last) > 0)
        yield { value: { ...fileSource(join(root, path)), path }, state: path };
  }
  return createDataset((state) => run(lastPath(state)));
};
