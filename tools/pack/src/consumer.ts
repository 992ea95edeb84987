import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, repository } from "./packages.ts";
import { output } from "./processes.ts";

const bin = (name: string): string => join(repository, "node_modules", ".bin", name);

const manifest = { name: "consumer", version: "1.0.0", private: true, type: "module" };

const compilerOptions = {
  target: "ES2022",
  module: "NodeNext",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  types: [],
  rootDir: "src",
  outDir: "out",
};

const page = '<!doctype html><script type="module" src="./src/page.ts"></script>';

const pageScript = `import { smoke } from "./smoke.ts";
smoke().then((text) => (document.title = text), (error) => (document.title = String(error)));`;

const nodeScript = `import { smoke } from "./smoke.js";
console.log(await smoke());`;

/** An empty project somewhere else on the disk that has one package installed, from its tarball. */
export interface Consumer {
  readonly folder: string;
  readonly name: string;
}

/** Makes the project and installs the package in it, with what it needs from this repository. */
export const createConsumer = async (
  parent: string,
  { folder: name }: Manifest,
  tarballs: readonly string[],
): Promise<Consumer> => {
  const folder = join(parent, name);
  mkdirSync(join(folder, "src"), { recursive: true });
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
  write("package.json", JSON.stringify(manifest));
  write("tsconfig.json", JSON.stringify({ compilerOptions, include: ["src/smoke.ts"] }));
  write(".npmrc", "onnxruntime-node-install=skip\n");
  write("index.html", page);
  write("src/page.ts", pageScript);
  write("run.mjs", nodeScript.replace("./smoke.js", "./out/smoke.js"));
  const smoke = join(repository, "tools", "pack", "smoke");
  cpSync(join(smoke, `${name}.ts`), join(folder, "src", "smoke.ts"));
  const plain = join(smoke, `${name}.html`);
  if (existsSync(plain)) cpSync(plain, join(folder, "plain.html"));
  const consumer = { folder, name };
  await install(consumer, tarballs);
  return consumer;
};

/** Installs packages in the project. */
export const install = async ({ folder }: Consumer, packages: readonly string[]): Promise<void> => {
  const flags = ["--no-audit", "--no-fund", "--loglevel=error"];
  const attempt = (more: readonly string[]): Promise<unknown> =>
    output("npm", ["install", ...flags, ...more, ...packages], { cwd: folder });
  // what the cache knows of a package may be out of date
  await attempt(["--prefer-offline"]).catch(() => attempt([]));
};

/** Whether the project has a page that runs without being built. */
export const hasPlainPage = ({ folder }: Consumer): boolean =>
  existsSync(join(folder, "plain.html"));

/** A Node project's usual libraries: no DOM. */
const withoutDom = [
  ["--ignoreConfig", "--noEmit", "--strict", "--skipLibCheck", "false"],
  ["--module", "NodeNext", "--target", "ES2022", "--lib", "ES2023"],
  ["--types", "node", "--typeRoots", join(repository, "node_modules", "@types")],
].flat();

/** Packages whose own type files contradict the ones of TypeScript or miss names: what is said of them is not about ours. */
const faulty = /(^|\/)node_modules\/(@tensorflow|@webgpu|typescript\/lib)\//;

/** Runs the compiler; throws what it says of anything but the type files of `faulty` packages. */
const compile = async (folder: string, args: readonly string[]): Promise<void> => {
  try {
    await output(bin("tsc"), args, { cwd: folder });
  } catch (error) {
    const said = String(error).split("\n");
    const places = said.filter((line) => /\): error TS/.test(line));
    if (places.length === 0 || !places.every((line) => faulty.test(line))) throw error;
  }
};

/** Type checks the project with `strict` and without `skipLibCheck`, as Node and as bundlers resolve. */
export const typeCheck = async ({ folder }: Consumer): Promise<void> => {
  await compile(folder, ["-p", "."]);
  const bundler = ["--module", "ESNext", "--moduleResolution", "bundler", "--noEmit"];
  await compile(folder, ["-p", ".", ...bundler]);
  await compile(folder, ["src/smoke.ts", ...withoutDom]);
};

/** Runs the compiled program under the given Node and checks what it prints. */
export const runUnder = async (
  { folder, name }: Consumer,
  node: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> => {
  const text = await output(node, ["run.mjs"], { cwd: folder, env: { ...process.env, ...env } });
  if (text.trim() !== `${name} works`) throw new Error(`expected "${name} works", got ${text}`);
};

/** Builds the project as a page with Vite, into its folder `site`. */
export const buildPage = async ({ folder }: Consumer): Promise<void> => {
  const flags = ["--outDir", "site", "--logLevel", "error"];
  await output(bin("vite"), ["build", ".", ...flags], { cwd: folder });
};
