import { fromData } from "@adjoint/core";
import {
  batchByLength,
  type Dataset,
  epochs,
  fromArray,
  map,
  maskTokens,
  padExamples,
  pipe,
} from "@adjoint/data";
import type { EncodedText } from "./encode-text.ts";
import type { ClassBatch } from "./model.ts";
import { special } from "./train-tokenizer.ts";

/** A text as tokens, and how likely it is praise. */
export type ClassExample = EncodedText & { readonly praise: number };

/** Settings of `classBatches`. */
export type ClassBatchOptions = {
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Part of the tokens that is hidden, so that no text is learned by heart. */
  readonly hidden: number;
};

const rowsOf = async (
  examples: readonly ClassExample[],
  step: number,
  { batchSize, hidden, seed }: Omit<ClassBatchOptions, "epochs">,
) => {
  // rows that fill the batch up are a lone [CLS], and count nothing
  const filled = [
    ...examples,
    ...Array.from({ length: batchSize - examples.length }, () => ({
      ids: Int32Array.of(special.cls),
      types: Int32Array.of(0),
      praise: 0,
    })),
  ];
  const { inputs, mask, shape } = padExamples(filled, { multipleOf: 16 });
  const isSpecial = inputs.map((id) => (id < special.mask ? 1 : 0));
  const masking = { key: seed, step, maskId: special.mask, vocabularySize: 1, special: isSpecial };
  const drawn = await maskTokens(
    { inputs, shape },
    { ...masking, probability: hidden, maskPart: 1, randomPart: 0 },
  );
  const types = new Int32Array(inputs.length);
  filled.forEach((example, row) => types.set(example.types, row * shape[1]));
  return { filled, mask, shape, types, inputs: drawn.inputs };
};

/** One batch; the last rows count nothing where there are fewer examples than `batchSize`. */
export const classBatch = async (
  examples: readonly ClassExample[],
  step: number,
  options: Omit<ClassBatchOptions, "epochs">,
): Promise<ClassBatch> => {
  const { filled, mask, shape, types, inputs } = await rowsOf(examples, step, options);
  const praise = Float32Array.from(filled, (example) => example.praise);
  const weights = Float32Array.from(filled, (_, row) => (row < examples.length ? 1 : 0));
  return {
    ids: fromData(inputs, shape),
    types: fromData(types, shape),
    valid: fromData(mask, shape, "bool"),
    praise: fromData(praise, [filled.length]),
    weights: fromData(weights, [filled.length]),
  };
};

/** Batches of examples of about one length, in another order every epoch. */
export const classBatches = (
  examples: readonly ClassExample[],
  options: ClassBatchOptions,
): Dataset<ClassBatch> => {
  const { seed, batchSize } = options;
  let step = 0;
  return epochs(options.epochs, (epoch) =>
    pipe(
      fromArray(examples, { key: 1000 * seed + epoch }),
      batchByLength({
        batchSize,
        lengthOf: ({ ids }) => ids.length,
        buffer: 8 * batchSize,
        key: 1000 * seed + epoch,
      }),
      map((rows) => classBatch(rows, step++, options)),
    ),
  );
};
