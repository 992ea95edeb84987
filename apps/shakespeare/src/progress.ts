import { SingleBar } from "cli-progress";

/** What is shown while training goes on. */
export type Progress = {
  update(step: number, loss: number): void;
  stop(): void;
};

const perSecond = (n: number): string => Math.round(n).toLocaleString("en-US");

/** Tokens per second since the start, and seconds left at that pace. */
class Pace {
  readonly #start = performance.now();
  readonly #from: number;
  readonly #total: number;
  readonly #tokens: number;

  constructor(from: number, total: number, tokens: number) {
    this.#from = from;
    this.#total = total;
    this.#tokens = tokens;
  }

  at(step: number): { readonly speed: string; readonly left: string } {
    const seconds = (performance.now() - this.#start) / 1000;
    const done = step - this.#from;
    const left = Math.max(0, Math.round((seconds / Math.max(1, done)) * (this.#total - step)));
    return {
      speed: perSecond((done * this.#tokens) / seconds),
      left: `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`,
    };
  }
}

/** A bar on a terminal, a line every 100 steps elsewhere. */
export const showProgress = (from: number, total: number, tokensPerStep: number): Progress => {
  const pace = new Pace(from, total, tokensPerStep);
  return process.stdout.isTTY ? barProgress(pace, from, total) : lineProgress(pace, total);
};

const barProgress = (pace: Pace, from: number, total: number): Progress => {
  const bar = new SingleBar({
    format: " {bar} {value}/{total}  loss {loss}  {speed} tokens/s  {left} left",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 28,
    hideCursor: true,
    gracefulExit: false,
  });
  bar.start(total, from, { loss: "–", speed: "–", left: "–" });
  return {
    update: (step, loss) => bar.update(step, { loss: loss.toFixed(3), ...pace.at(step) }),
    stop: () => bar.stop(),
  };
};

const lineProgress = (pace: Pace, total: number): Progress => ({
  update: (step, loss) => {
    if (step % 100 !== 0 && step !== total) return;
    const { speed, left } = pace.at(step);
    console.log(`step ${step}/${total}  loss ${loss.toFixed(4)}  ${speed} tokens/s  ${left} left`);
  },
  stop: () => undefined,
});
