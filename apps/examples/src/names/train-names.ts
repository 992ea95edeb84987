import { jit, take } from "@adjoint/core";
import { foldIn, type Key, randint, splitTuple } from "@adjoint/core/random";
import { decoder, type DecoderConfig, type DecoderParams } from "@adjoint/models";
import { adamw } from "@adjoint/optim";
import { pretrain, train } from "@adjoint/recipes";
import { nameRows, type NameRows, type Names } from "./names-data.ts";
import { namesConfig, namesLoss } from "./names-model.ts";

/** Where training stands. */
export type NamesProgress = {
  readonly step: number;
  /** Loss of the last batch, and of all names of the test, in nats a character. */
  readonly loss: number;
  readonly testLoss: number;
};

/** Settings of `trainNames`. */
export type TrainNamesOptions = {
  readonly key: Key;
  readonly steps?: number;
  /** Steps between looks at the test. */
  readonly every?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: NamesProgress) => void;
};

/** A trained model, and how it got there. */
export type TrainedNames = {
  readonly params: DecoderParams;
  readonly config: DecoderConfig;
  readonly history: readonly NamesProgress[];
};

/** Random rows, each as likely as any other in every batch. */
const drawRows = jit(
  ({ inputs, targets }: NameRows, of: Key): NameRows => {
    const rows = randint(of, [32], 0, inputs.shape[0] ?? 0);
    return { inputs: take(inputs, rows, { axis: 0 }), targets: take(targets, rows, { axis: 0 }) };
  },
  { name: "drawRows" },
);

/** Trains as makemore does: AdamW at 5e-4 without a schedule, everything decaying by 0.01, batches of 32 names. */
export const trainNames = async (
  names: Names,
  { key, steps = 10_000, every = 500, signal, onProgress }: TrainNamesOptions,
): Promise<TrainedNames> => {
  const [forParams, forBatches] = splitTuple(key, 2);
  const config = namesConfig(names);
  const optimizer = adamw({ learningRate: 5e-4, b1: 0.9, b2: 0.99, weightDecay: 0.01 });
  const recipe = pretrain({ loss: namesLoss(config), optimizer });
  const [seen, unseen] = [nameRows(names.train, names), nameRows(names.test, names)];
  const batchAt = (step: number): NameRows => drawRows(seen, foldIn(forBatches, step));
  const initial = recipe.init(decoder.init(forParams, config));
  const history: NamesProgress[] = [];
  let { params } = initial;
  const options = { steps, every, batchAt, ...(signal === undefined ? {} : { signal }) };
  for await (const { step, loss, state } of train(recipe, initial, options)) {
    params = state.params;
    const testLoss = Number(await recipe.evaluate(params, unseen).item());
    history.push({ step, loss, testLoss });
    onProgress?.({ step, loss, testLoss });
  }
  return { params, config, history };
};
