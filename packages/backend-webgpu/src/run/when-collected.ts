const actions = /* @__PURE__ */ new FinalizationRegistry<() => void>((act) => act());

/** Calls `act`, which must not refer to `owner`, when the garbage collector has taken `owner`. */
export const whenCollected = (owner: object, act: () => void): void => actions.register(owner, act);

/** Something that is done at most once. */
export type Once = { readonly act: () => void; readonly cancel: () => void };

/** `act` the first time it is called unless it was cancelled before, nothing afterwards. */
export const once = (act: () => void): Once => {
  let pending: (() => void) | undefined = act;
  const take = (): (() => void) | undefined => {
    const now = pending;
    pending = undefined;
    return now;
  };
  return { act: () => take()?.(), cancel: () => void take() };
};
