/** How fast a run goes and how long it will take, as text. */
export type Pace = { readonly speed: string; readonly left: string };

const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/**
 * A function from steps done to the pace then. After its first call it counts from there, so that compiling the first
 * step does not make the run look slow; `now` gives seconds.
 */
export const paceOf = (
  from: number,
  total: number,
  tokensPerStep: number,
  now: () => number = () => performance.now() / 1000,
): ((step: number) => Pace) => {
  const created = { step: from, time: now() };
  let first: typeof created | undefined;
  return (step) => {
    const origin = first ?? created;
    first ??= { step, time: now() };
    const [steps, seconds] = [step - origin.step, now() - origin.time];
    if (steps <= 0 || seconds <= 0) return { speed: "–", left: "–" };
    const speed = Math.round((steps * tokensPerStep) / seconds).toLocaleString("en-US");
    return { speed, left: clock(Math.round((seconds / steps) * Math.max(0, total - step))) };
  };
};
