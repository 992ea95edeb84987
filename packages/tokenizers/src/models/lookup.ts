import type { Vocab } from "../spec/model-spec.ts";
import type { Model } from "./model.ts";

/** Above this, places of tokens are kept in a Map, so that one huge id costs no huge array. */
const denseLimit = 1 << 22;

const largestOf = (vocab: Vocab): number => {
  let largest = -1;
  for (const id of vocab.values()) if (id > largest) largest = id;
  return largest;
};

const idToTokenOf = (vocab: Vocab, largest: number): Model["idToToken"] => {
  if (largest >= denseLimit) {
    const sparse = new Map(Array.from(vocab, ([token, id]) => [id, token]));
    return (id) => sparse.get(id);
  }
  const tokens = new Array<string | undefined>(largest + 1).fill(undefined);
  for (const [token, id] of vocab) tokens[id] = token;
  return (id) => tokens[id];
};

/** The part of a model that is a vocabulary. */
export const lookup = (vocab: Vocab): Pick<Model, "vocabSize" | "tokenToId" | "idToToken"> => {
  const largest = largestOf(vocab);
  return {
    vocabSize: largest + 1, // ids may have holes
    tokenToId: (token) => vocab.get(token),
    idToToken: idToTokenOf(vocab, largest),
  };
};
