import { SingleBar } from "cli-progress";
import { type Pace, paceOf } from "./pace.ts";

/** What is shown while training goes on. */
export type Progress = {
  readonly update: (step: number, loss: number) => void;
  readonly stop: () => void;
};

/** Gives the terminal its cursor and its line wrap back, also when the run ends in the middle. */
const restored = "\u001B[?25h\u001B[?7h";

const barProgress = (from: number, total: number, pace: (step: number) => Pace): Progress => {
  const bar = new SingleBar({
    format: "  {bar}  {value}/{total}  loss {loss}  {speed} tokens/s  {left} left",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: Math.max(8, Math.min(30, (process.stdout.columns ?? 80) - 58)), // the texts take 58
    fps: 5,
    stream: process.stdout,
    hideCursor: true,
    gracefulExit: false,
  });
  process.once("exit", () => process.stdout.write(restored));
  bar.start(total, from, { loss: "–", speed: "–", left: "–" });
  return {
    update: (step, loss) => bar.update(step, { loss: loss.toFixed(3), ...pace(step) }),
    stop: () => bar.stop(),
  };
};

const lineProgress = (from: number, total: number, pace: (step: number) => Pace): Progress => {
  const every = Math.min(100, 10 * Math.ceil((total - from) / 100));
  return {
    update: (step, loss) => {
      const { speed, left } = pace(step);
      if (step % every === 0 || step === total)
        console.log(
          `step ${step}/${total}  loss ${loss.toFixed(4)}  ${speed} tokens/s  ${left} left`,
        );
    },
    stop: () => undefined,
  };
};

/** A bar on a terminal, a line now and then elsewhere. */
export const showProgress = (from: number, total: number, tokensPerStep: number): Progress => {
  const show = process.stdout.isTTY ? barProgress : lineProgress;
  return show(from, total, paceOf(from, total, tokensPerStep));
};
