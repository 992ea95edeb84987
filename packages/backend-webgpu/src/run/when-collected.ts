const actions = /* @__PURE__ */ new FinalizationRegistry<() => void>((act) => act());

/** Calls `act`, which must not refer to `owner`, when the garbage collector has taken `owner`. */
export const whenCollected = (owner: object, act: () => void): void => actions.register(owner, act);

/** `act` the first time it is called, nothing afterwards. */
export const once = (act: () => void): (() => void) => {
  let pending: (() => void) | undefined = act;
  return () => {
    const now = pending;
    pending = undefined;
    now?.();
  };
};
