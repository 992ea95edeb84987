import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { output } from "./processes.ts";

/** The parts of a published package's package.json that the checks read. */
export interface Manifest {
  readonly name: string;
  readonly folder: string;
  readonly dependencies: Readonly<Record<string, string>>;
  /** Packages that it uses where they are installed. */
  readonly peers: readonly string[];
}

export const repository: string = fileURLToPath(new URL("../../..", import.meta.url));

const readManifest = (folder: string): Manifest => {
  const text = readFileSync(join(repository, "packages", folder, "package.json"), "utf8");
  type File = Partial<Manifest> & { readonly peerDependencies?: Readonly<Record<string, string>> };
  const { name = folder, dependencies = {}, peerDependencies = {} } = JSON.parse(text) as File;
  return { name, folder, dependencies, peers: Object.keys(peerDependencies) };
};

/** Every published package of the repository. */
export const manifests = (): readonly Manifest[] =>
  readdirSync(join(repository, "packages")).sort().map(readManifest);

/** A package and, through its dependencies, every other one of this repository that it needs. */
export const withDependencies = (all: readonly Manifest[], one: Manifest): readonly Manifest[] => {
  const needed = all.filter(({ name }) => name in one.dependencies);
  return [...new Set([one, ...needed.flatMap((dependency) => withDependencies(all, dependency))])];
};

/** Packs every package into `destination`, as `npm publish` would; gives the file of each by name. */
export const packAll = async (destination: string): Promise<ReadonlyMap<string, string>> => {
  const workspaces = manifests().flatMap(({ folder }) => ["-w", `packages/${folder}`]);
  const args = ["pack", "--json", "--loglevel=error", "--pack-destination", destination];
  const text = await output("npm", [...args, ...workspaces], { cwd: repository });
  const packed = JSON.parse(text) as Record<string, { name: string; filename: string }>;
  return new Map(
    Object.values(packed).map(({ name, filename }) => [name, join(destination, filename)]),
  );
};
