// Installs each package alone, from its tarball, in an empty project, and uses it there: type check,
// Node 20, Vite build, that build in Chromium. Leaves its counts in reports/pack.json.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright";
import { launch, runInBrowser } from "./browser.ts";
import {
  buildPage,
  createConsumer,
  hasPlainPage,
  install,
  runUnder,
  typeCheck,
} from "./consumer.ts";
import { type Manifest, manifests, packAll, repository, withDependencies } from "./packages.ts";
import { softwareDriver } from "./software-driver.ts";
import { findNode20 } from "./system-node.ts";

const counts = { passed: 0, failed: 0 };

/** Runs one step and counts it; says whether the steps that build on it make sense. */
const step = async (title: string, action: () => Promise<void>): Promise<boolean> => {
  try {
    await action();
    counts.passed++;
    console.log(`ok   ${title}`);
    return true;
  } catch (error) {
    counts.failed++;
    console.log(`FAIL ${title}\n${String(error)}`);
    return false;
  }
};

const checkPackage = async (
  manifest: Manifest,
  context: {
    readonly parent: string;
    readonly tarballs: readonly string[];
    readonly node: string;
    readonly browser: Browser | undefined;
  },
): Promise<void> => {
  const { name } = manifest;
  const consumer = { folder: join(context.parent, manifest.folder), name: manifest.folder };
  const installed = await step(`${name}: installs alone`, async () => {
    await createConsumer(context.parent, manifest, context.tarballs);
  });
  if (!installed) return;
  const typed = await step(`${name}: type checks`, () => typeCheck(consumer));
  if (typed) await step(`${name}: runs in Node 20`, () => runUnder(consumer, context.node));
  const driver = softwareDriver();
  if (typed && manifest.peers.includes("webgpu") && driver !== undefined)
    await step(`${name}: runs in Node 20 with WebGPU`, async () => {
      await install(consumer, ["webgpu"]);
      await runUnder(consumer, context.node, { VK_ICD_FILENAMES: driver, ADJOINT_GPU: "required" });
    });
  const built = await step(`${name}: builds with Vite`, () => buildPage(consumer));
  const { browser } = context;
  if (built && browser !== undefined) {
    await step(`${name}: runs in Chromium`, () => runInBrowser(consumer, browser));
  }
  if (typed && browser !== undefined && hasPlainPage(consumer)) {
    await step(`${name}: runs in Chromium without a bundler`, () =>
      runInBrowser(consumer, browser, { served: ".", file: "plain.html" }),
    );
  }
};

const parent = mkdtempSync(join(tmpdir(), "adjoint-pack-"));
const chromium = process.env["ADJOINT_CHROMIUM"];
const browser = chromium === undefined ? undefined : await launch(chromium);
try {
  const node = await findNode20();
  const files = await packAll(parent);
  const all = manifests();
  for (const manifest of all) {
    const needed = withDependencies(all, manifest);
    const tarballs = needed.map(({ name }) => files.get(name) ?? "");
    await checkPackage(manifest, { parent, tarballs, node, browser });
  }
} finally {
  await browser?.close();
  rmSync(parent, { recursive: true, force: true });
}

const report = {
  numPassedTests: counts.passed,
  numFailedTests: counts.failed,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
};
mkdirSync(join(repository, "reports"), { recursive: true });
writeFileSync(join(repository, "reports", "pack.json"), JSON.stringify(report));
process.exitCode = counts.failed === 0 ? 0 : 1;
