/**
 * `action()`, in which errors get no stack; it must not wait, nor call what is not ours. Engines without `stackTraceLimit` make their
 * stacks when somebody asks.
 * @see https://v8.dev/docs/stack-trace-api
 */
export const withoutStacks = <T>(action: () => T): T => {
  const limit: unknown = Reflect.get(Error, "stackTraceLimit");
  if (typeof limit !== "number") return action();
  Reflect.set(Error, "stackTraceLimit", 0);
  try {
    return action();
  } finally {
    Reflect.set(Error, "stackTraceLimit", limit);
  }
};
