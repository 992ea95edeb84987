// Written without the package, whose import takes longer than these tests.
const from = (run) => ({
  open: (state = null) => {
    const items = run(state);
    let at = state;
    return {
      next: async () => {
        const { done, value } = await items.next();
        if (done) return { done: true, value: undefined };
        at = value.state;
        return { done: false, value: value.value };
      },
      state: () => at,
    };
  },
});

export const failing = from(async function* (state) {
  for (let i = Number(state); i < 3; i++) yield { value: i, state: i + 1 };
  throw new RangeError("no more than three");
});

export const uncopyable = from(async function* () {
  yield { value: () => 1, state: 1 };
});

export const deadly = from(async function* () {
  yield { value: 1, state: 1 };
  process.exit(3);
});
