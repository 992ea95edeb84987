// npm start: installs, builds, and trains a GPT on Shakespeare. Arguments go to the app.
import { build, install, runNode } from "./workspace.mjs";

await install();
await build();
process.exitCode = await runNode(["apps/shakespeare/src/main.ts", ...process.argv.slice(2)]);
