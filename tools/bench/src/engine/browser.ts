// Engines in headless Chromium: a Vite server gives the modules, the page runs them.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright";
import { createServer, defaultClientConditions, type ViteDevServer } from "vite";
import type { Session, Task, Timed } from "./engine.ts";

const repository = fileURLToPath(new URL("../../../..", import.meta.url));

/** Where the page's server has tools/bench. */
export const benchUrl = "/tools/bench";

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

let shared: Promise<Shared> | undefined;
let pages = 0;

/** Cross-origin isolation is what gives a page shared memory, and so WASM threads. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

const open = async (): Promise<Shared> => {
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
    args: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    ignoreDefaultArgs: ["--headless"],
  });
  const address = server.httpServer?.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { server, browser, origin: `http://localhost:${port}` };
};

const close = async (): Promise<void> => {
  const { server, browser } = await (shared ?? open());
  shared = undefined;
  await browser.close();
  await server.close();
};

const openPage = async (): Promise<Page> => {
  shared ??= open();
  const { browser, origin } = await shared;
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`page: ${error.message}`));
  await page.goto(`${origin}${benchUrl}/src/engine/page.html`);
  await page.waitForFunction("globalThis.bench !== undefined");
  pages++;
  return page;
};

const closePage = async (page: Page): Promise<void> => {
  await page.close();
  pages--;
  if (pages === 0) await close();
};

/** Starts the engine of a module, given by its path below tools/bench, in a page of its own. */
export const startPage = async (
  name: string,
  file: string,
  variant: string,
  task: Task,
): Promise<Session> => {
  const page = await openPage();
  const call = <T>(method: string, ...args: unknown[]): Promise<T> =>
    page.evaluate(`bench.${method}(...${JSON.stringify(args)})`);
  try {
    const prepareSeconds = await call<number>("prepare", `${benchUrl}/${file}`, variant, task);
    const run = (count: number): Promise<Timed> => call<Timed>("run", count);
    return { name, prepareSeconds, run, end: () => closePage(page).then(() => undefined) };
  } catch (error) {
    await closePage(page);
    throw error;
  }
};
