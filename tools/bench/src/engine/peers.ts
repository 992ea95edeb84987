// The peers that are not part of the workspace: installed and bundled on first use.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, defaultClientConditions, type InlineConfig } from "vite";
import { benchUrl } from "./bench-url.ts";
import { peerFolder } from "./peer-folder.ts";

const bench = fileURLToPath(new URL("../..", import.meta.url));

/** Installs the JavaScript peers where they are missing. */
export const installPeers = (): void => {
  const cwd = join(bench, "peers");
  const { dependencies }: { dependencies: object } = JSON.parse(
    readFileSync(join(cwd, "package.json"), "utf8"),
  );
  const names = Object.keys(dependencies);
  if (names.every((name) => existsSync(join(cwd, "node_modules", name)))) return;
  console.error("Installing the peers (jax-js, TensorFlow.js) ...");
  const npm = spawnSync("npm", ["install", "--no-workspaces", "--loglevel=error"], {
    cwd,
    stdio: ["ignore", 2, 2],
  });
  if (npm.status !== 0)
    throw new Error("the peers could not be installed: npm install failed in tools/bench/peers");
};

/** TensorFlow.js's .wasm files, below tools/bench. */
const tfjsWasm = "peers/node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/";

const bundle = (config: InlineConfig): Promise<unknown> =>
  build({
    configFile: false,
    logLevel: "error",
    ...config,
    build: { ...config.build, outDir: join(bench, ".cache"), emptyOutDir: false, minify: false },
  });

/**
 * One CommonJS file of a TensorFlow.js engine for Node. Its Node entry registers no gradients and its ES modules do not
 * load in Node as they are, so both come through a bundle of the ES modules.
 */
export const bundleTfjsForNode = async (name: string): Promise<string> => {
  const file = `tfjs-${name}.cjs`;
  await bundle({
    define: { tfjsWasmFolder: JSON.stringify(join(bench, tfjsWasm)) },
    ssr: { noExternal: true },
    build: {
      ssr: join(peerFolder("tfjs"), `${name}.ts`),
      rolldownOptions: { output: { format: "cjs", entryFileNames: file, codeSplitting: false } },
    },
  });
  return join(bench, ".cache", file);
};

/** The file that `make` gives for a name, made once a run. */
const once = (make: (name: string) => Promise<string>): ((name: string) => Promise<string>) => {
  const made = new Map<string, Promise<string>>();
  return (name) => {
    const file = made.get(name) ?? make(name);
    made.set(name, file);
    return file;
  };
};

/** One ES module of an engine for a page whose server has tools/bench at `benchUrl`; gives its path below tools/bench. */
const bundleForPage = (folder: string, prefix: string): ((name: string) => Promise<string>) =>
  once(async (name) => {
    const file = `${prefix}-${name}.mjs`;
    await bundle({
      define: { tfjsWasmFolder: JSON.stringify(`${benchUrl}/${tfjsWasm}`) },
      resolve: { conditions: ["@adjoint/source", ...defaultClientConditions] },
      build: {
        lib: { entry: join(folder, `${name}.ts`), formats: ["es"], fileName: () => file },
        rolldownOptions: { output: { codeSplitting: false } },
      },
    });
    return `.cache/${file}`;
  });

/** TensorFlow.js engines for pages, by the name of their module. */
export const bundleTfjsForPage: (name: string) => Promise<string> = bundleForPage(
  peerFolder("tfjs"),
  "tfjs",
);

/** Adjoint's WebGPU engines for pages: the backend holds parts of TensorFlow.js. */
export const bundleAdjointForPage: (name: string) => Promise<string> = bundleForPage(
  join(bench, "src", "adjoint"),
  "adjoint",
);
