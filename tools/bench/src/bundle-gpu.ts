// Bundles webgpu-step and webgpu-kernels for Node to one file without dependencies, for a machine that has a GPU, Node and a
// Dawn binary but no packages: npm run bench -- bundle-gpu FOLDER
// There: DAWN_NODE=path/to/dawn.node node FOLDER/adjoint-gpu.mjs step --config gpt2
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, defaultServerConditions } from "vite";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: npm run bench -- bundle-gpu FOLDER");
const file = "adjoint-gpu.mjs";
await build({
  configFile: false,
  logLevel: "error",
  ssr: { noExternal: true },
  // the ES modules of TensorFlow.js bundle, its Node entry asks for packages
  resolve: {
    conditions: ["@adjoint/source", ...defaultServerConditions],
    mainFields: ["module", "main"],
  },
  build: {
    ssr: fileURLToPath(new URL("gpu/program.ts", import.meta.url)),
    outDir: resolve(folder),
    emptyOutDir: false,
    minify: false,
    target: "node20",
    rolldownOptions: { output: { format: "es", entryFileNames: file, codeSplitting: false } },
  },
});
console.log(resolve(folder, file));
