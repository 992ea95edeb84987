import { join } from "node:path";
import { type Browser, chromium } from "playwright";
import { preview } from "vite";
import type { Consumer } from "./consumer.ts";

/** Starts the Chromium of the browser tests, with WebGPU in software. */
export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    // The full browser, not the headless shell: only it has every web API that users have.
    ignoreDefaultArgs: ["--headless"],
    args: [
      ...["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
      ...["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
    ],
  });

/**
 * Serves a folder of the project and checks that the program of a page in it ends well in the browser: of the page that Vite
 * built, or of one that needs no building.
 */
export const runInBrowser = async (
  { folder, name }: Consumer,
  browser: Browser,
  { served = "site", file = "index.html" }: { served?: string; file?: string } = {},
): Promise<void> => {
  const headers = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
  };
  const server = await preview({
    root: folder,
    configFile: false,
    logLevel: "error",
    build: { outDir: join(folder, served) },
    preview: { port: 0, headers },
  });
  const page = await browser.newPage();
  try {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(new URL(file, server.resolvedUrls?.local[0]).href);
    await page.waitForFunction("document.title !== ''", undefined, { timeout: 60_000 });
    const title = await page.title();
    if (title !== `${name} works`) {
      throw new Error(`expected "${name} works", got "${title}" ${errors.join("\n")}`);
    }
  } finally {
    await page.close();
    await server.close();
  }
};
