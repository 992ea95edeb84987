import { createDataset, type Step } from "../../dataset/create-dataset.ts";
import type { Dataset, DatasetState } from "../../dataset/dataset.ts";
import { stateBelow, stateCount, stateFields } from "../../dataset/internal/read-state.ts";

/** What one item becomes, none for one that goes; it may depend on all that it was called with before. */
export type Remembering<A, B> = (item: A) => readonly B[];

const replay = async <A, B>(
  dataset: Dataset<A>,
  step: Remembering<A, B>,
  count: number,
): Promise<void> => {
  let read = 0;
  if (count === 0) return;
  for await (const item of dataset) {
    step(item);
    if (++read === count) return;
  }
};

async function* steps<A, B>(
  dataset: Dataset<A>,
  step: Remembering<A, B>,
  of: DatasetState,
  before: number,
): AsyncGenerator<Step<B>> {
  await replay(dataset, step, before);
  const upstream = dataset.open(of);
  let read = before;
  for await (const item of upstream) {
    read++;
    for (const value of step(item)) yield { value, state: { of: upstream.state(), read } };
  }
}

/**
 * A dataset whose items depend on all before them. Its state stays small, two numbers beside that of the dataset below: to go on, it reads
 * what came before once more.
 */
export const replayed = <A, B>(
  operation: string,
  dataset: Dataset<A>,
  start: () => Remembering<A, B>,
): Dataset<B> =>
  createDataset((state) => {
    const fields = stateFields(operation, state);
    const of = stateBelow(operation, fields, "of");
    return steps(dataset, start(), of, stateCount(operation, fields, "read"));
  });
