import { existsSync, readdirSync, readFileSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defaultClientConditions, defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";
import { doctest, documentedFiles } from "./tools/doctest/src/index.ts";

/** Workspace packages resolve to their TypeScript sources, so tests need no build. */
const source = "@adjoint/source";
const client = { conditions: [source, ...defaultClientConditions] };
const server = { conditions: [source, ...defaultServerConditions] };

const hasUnitTests = (folder: string): boolean =>
  existsSync(`${folder}/package.json`) &&
  readFileSync(`${folder}/package.json`, "utf8").includes('"unit":');

const tested = ["packages", "apps", "tools"].flatMap((group) =>
  readdirSync(group)
    .filter((name) => hasUnitTests(`${group}/${name}`))
    .map((name) => ({
      name: group === "packages" ? name : `${group}-${name}`,
      root: `${group}/${name}`,
    })),
);

/** Packages whose test files leave nothing behind, and so can share loaded modules: half of their time was loading. */
const sharing = new Set(["core", "nn", "optim"]);

const node = ({ name, root }: { readonly name: string; readonly root: string }) => ({
  resolve: client,
  ssr: { resolve: server },
  test: {
    name,
    root,
    environment: "node",
    include: ["test/**/*.test.ts"],
    exclude: ["test/browser/**"],
    testTimeout: 60_000,
    isolate: !sharing.has(name),
  },
});

/** Cross-origin isolation is what gives a page SharedArrayBuffer, and so WASM threads. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** What the data package reads and cleans with. */
const dataLibraries = [
  ...["eld", "fast-png", "fzstd", "htmlparser2", "hyparquet", "hyparquet/src/column.js"],
  ...["hyparquet-compressors", "jpeg-js", "pako"],
];

const chromium = process.env["ADJOINT_CHROMIUM"] ?? "/usr/bin/chromium";

const tfjs = ["core", "backend-cpu", "backend-webgpu"].map((name) => `@tensorflow/tfjs-${name}`);

/** Tests that need WebGPU have nothing to do with how many threads WebAssembly gets: they run once. */
const onGpu = "packages/backend-webgpu/test/browser/**/*.test.ts";

const threads = (count: number) => ({
  browser: "chromium" as const,
  name: `browser (${count} thread${count === 1 ? "" : "s"})`,
  provide: { wasmThreads: count },
  exclude: [onGpu],
});

const browser = {
  resolve: client,
  server: { headers: isolation },
  optimizeDeps: {
    exclude: ["onnxruntime-web"],
    // found late, they would reload the page in the middle of a run
    include: [...tfjs, ...dataLibraries, "fp-ts"],
  },
  test: {
    name: "browser",
    include: ["packages/*/test/browser/**/*.test.ts"],
    testTimeout: 120_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath: chromium,
          // The full browser, not the headless shell: only it has every web API that users have.
          ignoreDefaultArgs: ["--headless"],
          args: [
            ...["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
            ...["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
          ],
        },
      }),
      instances: [
        threads(1),
        threads(2),
        { browser: "chromium" as const, name: "browser (webgpu)", include: [onGpu] },
      ],
    },
  },
};

const documented = documentedFiles(import.meta.dirname);

/**
 * No source condition here: examples run on the built packages, as for a user. Files share their modules, as loading the
 * packages anew for each took most of the time; the generated tests put the backend back.
 */
const doctests = {
  plugins: [doctest(import.meta.dirname, documented)],
  test: { name: "doctest", include: documented, testTimeout: 60_000, isolate: false },
};

export default defineConfig({
  test: { passWithNoTests: true, projects: [...tested.map(node), doctests, browser] },
});

declare module "vitest" {
  export interface ProvidedContext {
    /** How many threads a browser test gives to WebAssembly engines. */
    readonly wasmThreads: number;
  }
}
