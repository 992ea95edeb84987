import { AdjointError } from "@adjoint/core";
import { type Options, readOptions, usage, UsageError } from "./options.ts";
import { runShakespeare } from "./run.ts";

/** Ctrl-C once asks the run to save and stop; twice ends it at once. */
const interruption = (): AbortSignal => {
  const controller = new AbortController();
  const ask = (): void => {
    if (controller.signal.aborted) process.exit(130);
    console.log("\nStopping after this step …");
    controller.abort();
  };
  process.on("SIGINT", ask);
  process.on("SIGTERM", ask);
  return controller.signal;
};

const start = async (options: Options): Promise<void> => {
  if (options.help) console.log(usage);
  else await runShakespeare(options, interruption());
};

try {
  await start(readOptions(process.argv.slice(2)));
  process.exit(0);
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
  else console.error(error instanceof AdjointError ? `${error.name}: ${error.message}` : error);
  process.exit(error instanceof UsageError ? 2 : 1);
}
