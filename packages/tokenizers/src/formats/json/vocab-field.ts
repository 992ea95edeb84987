import type { Vocab } from "../../spec/model-spec.ts";
import { child, type Field, wrong } from "./field.ts";
import { entriesOf, isCount } from "./read.ts";

/** Token to id. Ids are whole numbers, each once; holes are allowed. Throws TokenizerFormatError. */
export const vocabOf = (field: Field): Vocab => {
  const vocab = new Map<string, number>();
  const ids = new Map<number, string>();
  for (const [token, id] of entriesOf(field)) {
    if (!isCount(id))
      throw wrong(child(field, token, id), "must be a whole number from 0 to 2147483647");
    const other = ids.get(id);
    if (other !== undefined)
      throw wrong(
        child(field, token, id),
        "must be an id of its own",
        `${id}, the id of ${JSON.stringify(other)}`,
      );
    vocab.set(token, id);
    ids.set(id, token);
  }
  return vocab;
};
