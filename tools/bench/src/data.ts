// Data: reading files, repairing and cleaning texts, near-duplicates, token stores, packing; beside plain Node, JavaScript and Python.
// npm run bench -- data [--config jsonl,gzip,csv,parquet,mojibake,clean,near-duplicates,token-windows,packing] [--rounds 3] [--json]
import { rm } from "node:fs/promises";
import { cleanTasks } from "./data/clean-tasks.ts";
import { makeInputs } from "./data/inputs.ts";
import { readTasks } from "./data/read-tasks.ts";
import { taskRows } from "./data/task-rows.ts";
import { tokenTasks } from "./data/token-tasks.ts";
import { report } from "./report/report.ts";
import { readOptions } from "./run/options.ts";

const options = readOptions({ config: "all", rounds: 3 });
const inputs = await makeInputs();
try {
  const tasks = [...readTasks(inputs), ...cleanTasks(inputs), ...(await tokenTasks(inputs))];
  const names =
    options.config === "all" ? tasks.map(({ name }) => name) : options.config.split(",");
  for (const name of names) {
    const task = tasks.find((one) => one.name === name);
    if (task === undefined)
      throw new Error(
        `--config: all or some of ${tasks.map((one) => one.name).join(",")}, got ${name}`,
      );
    report(`data: ${name}`, await taskRows(task, options.rounds), options.json);
  }
} finally {
  await rm(inputs.folder, { recursive: true, force: true });
}
