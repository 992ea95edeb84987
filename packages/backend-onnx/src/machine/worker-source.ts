/**
 * The program of a worker thread, as text: a worker made of text needs no file of its own, which every bundler would have
 * to be told about. It takes `load`, `run` and `free` messages and answers `run` when its calls are done.
 *
 * Threads meet at barriers in shared memory: `control` holds how many have arrived, how many barriers have passed, and
 * whether a thread failed.
 */
export const workerSource = `
const plans = new Map();
const spins = 20000;

const meet = (control, threads) => {
  const passed = Atomics.load(control, 1);
  if (Atomics.add(control, 0, 1) === threads - 1) {
    Atomics.store(control, 0, 0);
    Atomics.add(control, 1, 1);
    Atomics.notify(control, 1);
  } else {
    for (let i = 0; i < spins && Atomics.load(control, 1) === passed; i++);
    while (Atomics.load(control, 1) === passed) Atomics.wait(control, 1, passed);
  }
  if (Atomics.load(control, 2) !== 0) throw new Error("another thread failed");
};

const load = ({ id, module, memory, calls, threads, control }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const barrier = () => meet(control, threads);
  const bound = calls.map(({ name, args }) => ({ run: exports[name] ?? barrier, args }));
  plans.set(id, { bound, control });
};

const run = (id) => {
  const plan = plans.get(id);
  if (plan === undefined) return "the program did not load";
  const { bound, control } = plan;
  try {
    for (const { run, args } of bound) run(...args);
    return undefined;
  } catch (error) {
    Atomics.store(control, 2, 1);
    Atomics.add(control, 1, 1);
    Atomics.notify(control, 1);
    return String(error);
  }
};

onmessage = ({ data }) => {
  if (data.kind === "load") load(data);
  else if (data.kind === "free") plans.delete(data.id);
  else postMessage({ id: data.id, failure: run(data.id) });
};
`;
