// The peers that are not part of the workspace: installed and bundled on first use.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type InlineConfig } from "vite";

const bench = fileURLToPath(new URL("../..", import.meta.url));

/** The folder of one peer. */
export const peerFolder = (peer: string): string => join(bench, "peers", peer);

/** Installs the JavaScript peers where they are missing. */
export const installPeers = (): void => {
  const cwd = join(bench, "peers");
  if (existsSync(join(cwd, "node_modules", "@jax-js", "jax"))) return;
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

/** The same for a page whose server has tools/bench at `base`; gives the path below tools/bench. */
export const bundleTfjsForPage = async (name: string, base: string): Promise<string> => {
  const file = `tfjs-${name}.mjs`;
  await bundle({
    define: { tfjsWasmFolder: JSON.stringify(`${base}/${tfjsWasm}`) },
    build: {
      lib: { entry: join(peerFolder("tfjs"), `${name}.ts`), formats: ["es"], fileName: () => file },
    },
  });
  return `.cache/${file}`;
};
