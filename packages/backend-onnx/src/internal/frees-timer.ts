/** Calls `action` once after `delay` milliseconds, in a process that lives that long anyway: Node's timers would keep it alive. */
export const freesTimer = (action: () => void, delay: number): void => {
  const timer: unknown = setTimeout(action, delay);
  if (typeof timer === "object" && timer !== null && "unref" in timer)
    (timer as { unref(): void }).unref();
};
