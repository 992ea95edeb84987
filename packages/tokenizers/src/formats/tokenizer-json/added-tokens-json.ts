import type { AddedToken } from "../../spec/added-token.ts";
import type { ModelSpec } from "../../spec/model-spec.ts";
import { type Field, wrong } from "../json/field.ts";
import type { Json } from "../json/json-text.ts";
import { boolean, count, itemsOf, member, orElse, string } from "../json/read.ts";

/** An added token without its id; what is not told is as tokenizers of Hugging Face have it. */
export const addedTokenOf = (field: Field, id: number): AddedToken => {
  const flag = (name: string, fallback: boolean): boolean =>
    orElse(fallback, boolean)(member(field, name));
  const special = flag("special", false);
  return {
    id,
    content: string(member(field, "content")),
    singleWord: flag("single_word", false),
    lstrip: flag("lstrip", false),
    rstrip: flag("rstrip", false),
    normalized: flag("normalized", !special),
    special,
  };
};

const tokenById = (model: ModelSpec): ReadonlyMap<number, string> =>
  model.type === "Unigram"
    ? new Map(model.pieces.map(([piece], id) => [id, piece]))
    : new Map(Array.from(model.vocab, ([token, id]) => [id, token]));

/** `added_tokens` of a tokenizer.json: an id is one token, here and in the model. Throws TokenizerFormatError. */
export const addedTokensFromJson = (field: Field, model: ModelSpec): readonly AddedToken[] => {
  const taken = new Map(tokenById(model));
  const contents = new Set<string>();
  return itemsOf(field).map((item) => {
    const token = addedTokenOf(item, count(member(item, "id")));
    const other = taken.get(token.id);
    const same = other === undefined || (other === token.content && !contents.has(other));
    if (!same)
      throw wrong(
        member(item, "id"),
        "must be an id of its own",
        `${token.id}, the id of ${JSON.stringify(other)}`,
      );
    if (contents.has(token.content))
      throw wrong(member(item, "content"), "must be told once", JSON.stringify(token.content));
    taken.set(token.id, token.content);
    contents.add(token.content);
    return token;
  });
};

/** An added token as the format writes it. */
export const addedTokenToJson = (token: AddedToken): Json => ({
  id: token.id,
  content: token.content,
  single_word: token.singleWord,
  lstrip: token.lstrip,
  rstrip: token.rstrip,
  normalized: token.normalized,
  special: token.special,
});
