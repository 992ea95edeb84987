import type { Vocab } from "../spec/model-spec.ts";
import type { Model } from "./model.ts";

/** Above this, places of tokens are kept in a Map, so that one huge id costs no huge array. */
const denseLimit = 1 << 22;

const idToTokenOf = (vocab: Vocab): Model["idToToken"] => {
  let largest = 0;
  for (const id of vocab.values()) if (id > largest) largest = id;
  if (largest >= denseLimit) {
    const sparse = new Map(Array.from(vocab, ([token, id]) => [id, token]));
    return (id) => sparse.get(id);
  }
  const tokens = new Array<string | undefined>(largest + 1).fill(undefined);
  for (const [token, id] of vocab) tokens[id] = token;
  return (id) => tokens[id];
};

/** The part of a model that is a vocabulary. */
export const lookup = (vocab: Vocab): Pick<Model, "vocabSize" | "tokenToId" | "idToToken"> => ({
  vocabSize: vocab.size,
  tokenToId: (token) => vocab.get(token),
  idToToken: idToTokenOf(vocab),
});
