// npm test: everything, from a fresh clone to one closing line `N passed, N failed`.
//   --only check|unit|pack|doctest|browser   one part
//   --no-browser                             leaves the tests out that need a browser, or its WebGPU in Node
//   --force                                  runs what the cache would skip
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findChromium, installForGpu, reportVulkan } from "./chromium.mjs";
import { install, localEnv, root, run } from "./workspace.mjs";

const parts = {
  check: ["lint", "format:check", "types", "unused", "cycles", "house-rules", "packages"],
  unit: ["unit"],
  doctest: ["doctest"],
  pack: ["pack"],
  browser: ["browser"],
};

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    "no-browser": { type: "boolean", default: false },
    force: { type: "boolean", default: false },
  },
});

if (options.only !== undefined && !(options.only in parts)) {
  console.error(`--only takes one of ${Object.keys(parts).join(", ")}, got ${options.only}`);
  process.exit(2);
}

await install();

const chosen = options.only === undefined ? Object.keys(parts) : [options.only];
const withBrowser = chosen.includes("browser") && !options["no-browser"];
const withGpu = (withBrowser || chosen.includes("unit")) && !options["no-browser"];
if (withGpu) {
  await installForGpu();
  reportVulkan();
}
const chromium = withBrowser ? findChromium() : undefined;
const filters = options["no-browser"] ? ["--filter=!@adjoint/backend-webgpu"] : [];
const tasks = chosen
  .filter((part) => part !== "browser" || chromium !== undefined)
  .flatMap((part) => parts[part]);

const runs = join(root, ".turbo", "runs");
rmSync(runs, { recursive: true, force: true });
const code = await run(
  "turbo",
  [
    "run",
    ...tasks,
    ...filters,
    "--continue=dependencies-successful",
    "--output-logs=new-only",
    "--log-order=grouped",
    "--concurrency=2",
    "--summarize",
    ...(options.force ? ["--force"] : []),
  ],
  {
    env: localEnv({
      TURBO_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
      ...(chromium === undefined ? {} : { ADJOINT_CHROMIUM: chromium }),
    }),
  },
);

/** Counts of one vitest report; a file that could not even be loaded is one failure. */
const countReport = (file) => {
  const report = JSON.parse(readFileSync(file, "utf8"));
  const broken = report.testResults.filter(
    (suite) =>
      suite.status === "failed" && suite.assertionResults.every((t) => t.status !== "failed"),
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
  };
};

/** One row for each task: a vitest task counts its tests, any other is one check. */
const rowOf = (task) => {
  const name = task.taskId.replace(/^\/\/#|^@adjoint\//, "").replace("#", " ");
  const exit = task.execution?.exitCode;
  const cached = task.cache.status === "HIT";
  const seconds = ((task.execution?.endTime ?? 0) - (task.execution?.startTime ?? 0)) / 1000;
  const ok = exit === 0 || (exit === undefined && cached);
  const report = join(root, task.directory, "reports", `${task.task.replace(":", "-")}.json`);
  if (!existsSync(report) || exit === undefined) {
    return { name, cached, seconds, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  }
  const counts = countReport(report);
  return {
    name,
    cached,
    seconds,
    ...counts,
    failed: ok ? counts.failed : Math.max(counts.failed, 1),
  };
};

const readSummary = () => {
  const [file] = existsSync(runs) ? readdirSync(runs) : [];
  return file === undefined ? [] : JSON.parse(readFileSync(join(runs, file), "utf8")).tasks;
};

const rows = readSummary()
  .filter((task) => task.command !== "<NONEXISTENT>")
  .map(rowOf);
const ran = new Set(rows.map(({ name }) => name));
for (const task of tasks.filter((name) => name !== "unit" && !ran.has(name))) {
  rows.push({ name: `${task} (not run)`, cached: false, passed: 0, failed: 1, skipped: 0 });
}
if (withBrowser && chromium === undefined) {
  rows.push({ name: "browser (no Chromium)", cached: false, passed: 0, failed: 1, skipped: 0 });
}
if (rows.length === 0)
  rows.push({ name: "turbo", cached: false, passed: 0, failed: 1, skipped: 0 });

console.log("");
for (const row of rows) {
  const skipped = row.skipped > 0 ? `, ${row.skipped} skipped` : "";
  const time = row.seconds === undefined ? "" : ` in ${Math.round(row.seconds)} s`;
  const note = row.cached ? " (unchanged since it last passed)" : time;
  console.log(
    `${row.failed > 0 ? "FAIL" : "ok  "} ${row.name.padEnd(24)} ${row.passed} passed, ${row.failed} failed${skipped}${note}`,
  );
}
if (options["no-browser"])
  console.log("left out as asked: browser, and the tests of backend-webgpu in Node");

const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = code === 0 && sum("failed") === 0 ? 0 : 1;
