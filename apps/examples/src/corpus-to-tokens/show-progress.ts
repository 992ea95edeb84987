import { SingleBar } from "cli-progress";
import type { PipelineProgress } from "./pipeline-hooks.ts";

/** Shows how far the pipeline is. */
export type ProgressDisplay = {
  readonly update: (progress: PipelineProgress) => void;
  readonly stop: () => void;
};

const labels = { clean: "cleaning", tokenizer: "training the tokenizer", tokens: "writing tokens" };

const withBar = (): ProgressDisplay => {
  let shown = "";
  let bar: SingleBar | undefined;
  return {
    update: ({ stage, done, total, unit }) => {
      const name = `${labels[stage]}, ${unit}`;
      if (name !== shown) {
        bar?.stop();
        bar = new SingleBar({
          format: `  ${name}  {bar}  {value}/{total}`,
          barCompleteChar: "█",
          barIncompleteChar: "░",
          barsize: 24,
          fps: 5,
          hideCursor: true,
          gracefulExit: false,
        });
        bar.start(total ?? 0, done);
        shown = name;
      }
      bar?.setTotal(total ?? done);
      bar?.update(done);
    },
    stop: () => bar?.stop(),
  };
};

const withLines = (): ProgressDisplay => {
  let [last, shown] = [0, ""];
  return {
    update: ({ stage, done, total, unit }) => {
      const name = `${labels[stage]}, ${unit}`;
      if (name === shown && performance.now() - last < 5000) return;
      [last, shown] = [performance.now(), name];
      console.log(`${name}: ${done}${total === undefined ? "" : ` of ${total}`}`);
    },
    stop: () => undefined,
  };
};

/** A bar on a terminal, a line every five seconds elsewhere. */
export const showProgress = (): ProgressDisplay => (process.stdout.isTTY ? withBar() : withLines());
