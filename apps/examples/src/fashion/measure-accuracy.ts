import { argmax, jit } from "@adjoint/core";
import { batchOf } from "./batches.ts";
import type { Classifier } from "./classifier.ts";
import type { Pictures } from "./fashion-data.ts";

/** Share of right answers: of all pictures, and of those of each class. */
export type Accuracy = { readonly all: number; readonly perClass: readonly number[] };

/** Counts right answers. */
export const accuracyOf = (
  answers: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): Accuracy => {
  const [right, seen] = [new Float64Array(classes), new Float64Array(classes)];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? 0;
    seen[label] = (seen[label] ?? 0) + 1;
    if (answers[i] === label) right[label] = (right[label] ?? 0) + 1;
  }
  const sum = right.reduce((total, n) => total + n, 0);
  return { all: sum / labels.length, perClass: Array.from(right, (n, i) => n / (seen[i] ?? 0)) };
};

/** A function that measures how a classifier does on the pictures at `indices`. */
export const accuracyMeter = <M>(
  { predict }: Pick<Classifier<M, never>, "predict">,
  { batchSize, classes }: { readonly batchSize: number; readonly classes: number },
): ((model: M, pictures: Pictures, indices: Int32Array) => Promise<Accuracy>) => {
  const answer = jit(predict, { name: "predict" });
  return async (model, pictures, indices) => {
    const answers: number[] = [];
    for (let from = 0; from < indices.length; from += batchSize) {
      const { images } = batchOf(pictures, indices.subarray(from, from + batchSize));
      for (const best of await argmax(answer(model, images), -1).data()) answers.push(best);
    }
    const labels = indices.map((i) => pictures.labels[i] ?? 0);
    return accuracyOf(answers, labels, classes);
  };
};
