import { ArgumentError, type Tensor } from "@adjoint/core";

/** Where element `index` of a row-major array is. */
const placeOf = (index: number, shape: readonly number[]): string => {
  let left = index;
  const place = shape.toReversed().map((size) => {
    const own = left % size;
    left = Math.floor(left / size);
    return own;
  });
  return `[${place.toReversed().join()}]`;
};

/** Rejects with ArgumentError, named after `operation`, at the first id that is no token of the vocabulary. */
export const checkIds = async (
  operation: string,
  ids: Tensor,
  { vocabSize }: { readonly vocabSize: number },
): Promise<void> => {
  const data = Array.from(await ids.data(), Number);
  const index = data.findIndex((id) => !(Number.isInteger(id) && id >= 0 && id < vocabSize));
  if (index < 0) return;
  throw new ArgumentError({
    operation,
    rule: `takes ids from 0 to ${vocabSize - 1}, the tokens of its vocabulary`,
    got: `${data[index]} at ${placeOf(index, ids.shape)}`,
    fix: "take the tokenizer that belongs to the model",
  });
};
