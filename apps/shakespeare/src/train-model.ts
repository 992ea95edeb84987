import { key } from "@adjoint/core/random";
import { gpt, type GptParams } from "@adjoint/nn";
import { sampleWindows, train, type TrainState } from "@adjoint/recipes";
import { keepEarlierRun, loadRun, saveRun } from "./checkpoint.ts";
import { showProgress } from "./progress.ts";
import type { Session } from "./session.ts";
import { shakespeareRecipe, windows } from "./setup.ts";

/** Tokens of a training step. */
export const tokensPerStep: number = windows.batchSize * windows.blockSize;

/** Steps between checkpoints. */
const saveEvery = 250;

/** Steps between looks at the loss. */
const lookEvery = 10;

/** Where a run stands. */
export type Trained = { readonly state: TrainState<GptParams>; readonly step: number };

/** The state of a checkpoint, or a fresh one, saved at once so that a folder that cannot be used shows before the work. */
export const firstState = async (session: Session): Promise<Trained> => {
  const { options, config, identity, precision } = session;
  const fresh = shakespeareRecipe(config, options.iterations, precision).init(
    gpt.init(key(options.seed), config),
  );
  if (options.resume) {
    const state = await loadRun(options.out, fresh, identity);
    return { state, step: Number(await state.step.item()) };
  }
  const kept = await keepEarlierRun(options.out);
  if (kept !== undefined) console.log(`The checkpoint of an earlier run is kept as ${kept}\n`);
  await saveRun(options.out, fresh, identity);
  return { state: fresh, step: 0 };
};

/** Trains to the end or until the signal comes, and saves on the way and at the end. */
export const trainModel = async (
  session: Session,
  start: Trained,
  signal: AbortSignal,
): Promise<Trained> => {
  const { options, corpus, config, identity, precision } = session;
  const { iterations, out, seed } = options;
  const batches = key(seed + 1);
  const progress = showProgress(start.step, iterations, tokensPerStep);
  let last = start;
  const events = train(shakespeareRecipe(config, iterations, precision), start.state, {
    from: start.step,
    steps: iterations,
    every: lookEvery,
    signal,
    batchAt: (step) => sampleWindows(corpus.train, batches, step, windows),
  });
  try {
    for await (const { step, loss, state } of events) {
      last = { state, step };
      if (step % saveEvery === 0 || step === iterations || signal.aborted)
        await saveRun(out, state, identity);
      progress.update(step, loss);
    }
  } finally {
    progress.stop();
  }
  return last;
};
