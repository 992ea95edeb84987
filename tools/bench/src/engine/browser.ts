// Engines in headless Chromium: a Vite server gives the modules, the page runs them.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright";
import { createServer, defaultClientConditions, type ViteDevServer } from "vite";
import { benchUrl } from "./bench-url.ts";
import type { Session, Task, Timed } from "./engine.ts";
import type { GpuAdapter } from "./gpu-adapter.ts";

const repository = fileURLToPath(new URL("../../../..", import.meta.url));

const executable = (): string => {
  const paths = [
    process.env["ADJOINT_CHROMIUM"],
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ];
  const found = paths.find((path) => path !== undefined && existsSync(path));
  if (found === undefined) throw new Error("no Chromium found; name one in ADJOINT_CHROMIUM");
  return found;
};

interface Shared {
  readonly server: ViteDevServer;
  readonly browser: Browser;
  readonly origin: string;
}

/** Whether pages compute on WebGPU or on the CPU alone: each has a browser of its own. */
export type Place = "cpu" | "gpu";

/**
 * Left to itself Chromium takes a real GPU where there is one and SwiftShader elsewhere; ADJOINT_WEBGPU_ADAPTER forces
 * one (`swiftshader`). A software adapter takes longer over a command than the watchdog has patience for.
 */
const gpuFlags = (): string[] => {
  const adapter = process.env["ADJOINT_WEBGPU_ADAPTER"];
  return [
    "--enable-unsafe-webgpu",
    "--enable-features=Vulkan",
    "--ignore-gpu-blocklist",
    "--disable-gpu-watchdog",
    ...(adapter === undefined ? [] : [`--use-webgpu-adapter=${adapter}`]),
  ];
};

const flags = { cpu: () => ["--disable-gpu"], gpu: gpuFlags };

const shared = new Map<Place, Promise<Shared>>();
const pages = { cpu: 0, gpu: 0 };

/** Cross-origin isolation is what gives a page shared memory, and so WASM threads. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

const open = async (place: Place): Promise<Shared> => {
  const server = await createServer({
    configFile: false,
    root: repository,
    logLevel: "error",
    appType: "mpa",
    server: { port: 0, headers: isolation, hmr: false, watch: null },
    resolve: { conditions: ["@adjoint/source", ...defaultClientConditions] },
    optimizeDeps: { noDiscovery: true, include: [] },
  });
  await server.listen();
  const browser = await chromium.launch({
    executablePath: executable(),
    args: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", ...flags[place]()],
    ignoreDefaultArgs: ["--headless"],
  });
  const address = server.httpServer?.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { server, browser, origin: `http://localhost:${port}` };
};

const sharedAt = (place: Place): Promise<Shared> => {
  const found = shared.get(place) ?? open(place);
  shared.set(place, found);
  return found;
};

const openPage = async (place: Place): Promise<Page> => {
  const { browser, origin } = await sharedAt(place);
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`page: ${error.message}`));
  if (place === "gpu")
    page.on("console", (message) => {
      if (message.type() === "error" && !message.location().url.endsWith("favicon.ico"))
        console.error(`page: ${message.text().slice(0, 500)}`);
    });
  await page.goto(`${origin}${benchUrl}/src/engine/page.html`);
  await page.waitForFunction("globalThis.bench !== undefined");
  pages[place]++;
  return page;
};

const closePage = async (place: Place, page: Page): Promise<void> => {
  await page.close();
  pages[place]--;
  if (pages[place] > 0) return;
  const { server, browser } = await sharedAt(place);
  shared.delete(place);
  await browser.close();
  await server.close();
};

/** Calls a function that page.ts offers. */
const call = <T>(page: Page, method: string, ...args: unknown[]): Promise<T> =>
  page.evaluate(`bench.${method}(...${JSON.stringify(args)})`);

/** An engine that runs in a page. */
export interface PageEngine {
  readonly name: string;
  readonly place: Place;
  /** The engine's module below tools/bench. */
  readonly file: string;
  readonly variant: string;
  /** Counts what is asked of WebGPU. */
  readonly counting?: boolean;
}

/** Starts an engine in a page of its own. */
export const startPage = async (engine: PageEngine, task: Task): Promise<Session> => {
  const { name, place, file, variant, counting = false } = engine;
  const page = await openPage(place);
  try {
    const url = `${benchUrl}/${file}`;
    const prepare = (next: Task): Promise<number> =>
      call<number>(page, "prepare", url, variant, next, counting);
    const prepareSeconds = await prepare(task);
    return {
      name,
      prepareSeconds,
      run: (count) => call<Timed>(page, "run", count),
      turnTo: (next) => prepare(next).then(() => undefined),
      end: () => closePage(place, page).then(() => undefined),
    };
  } catch (error) {
    await closePage(place, page);
    throw error;
  }
};

/** Keeps the GPU browser open until `end`, so that sessions do not start it anew each time. */
export interface GpuBrowser {
  /** Undefined where pages have no WebGPU adapter. */
  readonly adapter: GpuAdapter | undefined;
  readonly end: () => Promise<void>;
}

/** Opens the browser of GPU pages. */
export const openGpuBrowser = async (): Promise<GpuBrowser> => {
  const page = await openPage("gpu");
  const adapter = await call<GpuAdapter | undefined>(page, "adapter");
  return { adapter, end: () => closePage("gpu", page) };
};
