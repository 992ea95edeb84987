const clock = (seconds: number): string => {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

/** How fast training goes and how long it will take, and what it took, as text. */
export type Stopwatch = {
  readonly pace: (step: number) => string;
  readonly total: () => string;
};

/** Counts from now on: wall time, and that of all cores together. */
export const stopwatch = (steps: number): Stopwatch => {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  return {
    pace: (step) => {
      const left = (seconds() / step) * (steps - step);
      return `${(step / seconds()).toFixed(1)} steps/s, ${clock(left)} left`;
    },
    total: () => {
      const { user, system } = process.cpuUsage();
      return `${clock(seconds())} (${clock((user + system) / 1e6)} of processor time)`;
    },
  };
};
