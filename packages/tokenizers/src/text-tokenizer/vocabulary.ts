import type { AddedVocabulary } from "../added-tokens/added-vocabulary.ts";
import type { Model } from "../models/model.ts";

/** Tokens and ids of a model and of added tokens together. */
export type Vocabulary = {
  readonly size: number;
  readonly tokenToId: (token: string) => number | undefined;
  readonly idToToken: (id: number) => string | undefined;
  /** What decoders get. */
  readonly textOf: (id: number) => string | undefined;
};

/** Added tokens come before the model's. */
export const vocabularyOf = (added: AddedVocabulary, model: Model): Vocabulary => {
  const highest = [...added.byId.keys()].reduce((most, id) => Math.max(most, id), -1);
  return {
    size: Math.max(model.vocabSize, highest + 1),
    tokenToId: (token) => added.byContent.get(token)?.id ?? model.tokenToId(token),
    idToToken: (id) => added.byId.get(id)?.content ?? model.idToToken(id),
    textOf: (id) => added.textOf.get(id) ?? model.idToToken(id),
  };
};
