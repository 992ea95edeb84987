import { existsSync, readdirSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defaultClientConditions, defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

/** Workspace packages resolve to their TypeScript sources, so tests need no build. */
const source = "@adjoint/source";
const client = { conditions: [source, ...defaultClientConditions] };
const server = { conditions: [source, ...defaultServerConditions] };

const tested = readdirSync("packages").filter((name) => existsSync(`packages/${name}/test`));

const node = (name: string) => ({
  resolve: client,
  ssr: { resolve: server },
  test: {
    name,
    root: `packages/${name}`,
    environment: "node",
    include: ["test/**/*.test.ts"],
    exclude: ["test/browser/**"],
    testTimeout: 60_000,
  },
});

/** Cross-origin isolation is what gives a page SharedArrayBuffer, and so WASM threads. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

const chromium = process.env["ADJOINT_CHROMIUM"] ?? "/usr/bin/chromium";

const browser = {
  resolve: client,
  server: { headers: isolation },
  optimizeDeps: { exclude: ["onnxruntime-web"] },
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
          args: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        },
      }),
      instances: [
        { browser: "chromium" as const, name: "browser (1 thread)", provide: { wasmThreads: 1 } },
        { browser: "chromium" as const, name: "browser (2 threads)", provide: { wasmThreads: 2 } },
      ],
    },
  },
};

export default defineConfig({
  test: { passWithNoTests: true, projects: [...tested.map(node), browser] },
});

declare module "vitest" {
  export interface ProvidedContext {
    /** How many threads a browser test gives to WebAssembly engines. */
    readonly wasmThreads: number;
  }
}
