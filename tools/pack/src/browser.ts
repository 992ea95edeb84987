import { join } from "node:path";
import { type Browser, chromium } from "playwright";
import { preview } from "vite";
import type { Consumer } from "./consumer.ts";

/** Starts the Chromium of the browser tests. */
export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });

/** Serves the page that Vite built and checks that its program ends well in the browser. */
export const runInBrowser = async ({ folder, name }: Consumer, browser: Browser): Promise<void> => {
  const headers = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
  };
  const server = await preview({
    root: folder,
    configFile: false,
    logLevel: "error",
    build: { outDir: join(folder, "site") },
    preview: { port: 0, headers },
  });
  const page = await browser.newPage();
  try {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(server.resolvedUrls?.local[0] ?? "");
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
