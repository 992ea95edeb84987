import { described, type Field, wrong } from "./field.ts";
import { has, isAbsent, member, type Read, string } from "./read.ts";

/** One kind of a tagged record: its `type`, and the fields that tell it apart in files that are older than tags. */
export type Variant<A> = {
  readonly type: string;
  readonly fields?: readonly string[];
  readonly read: Read<A>;
};

const untagged = <A>(field: Field, variants: readonly Variant<A>[]): Read<A> => {
  const found = variants.find(({ fields }) => fields?.every((name) => has(field, name)));
  if (found === undefined)
    throw wrong(member(field, "type"), "is missing, and the fields do not tell it");
  return found.read;
};

/** The record that `type` names; old files have no tags, so there the first variant whose fields are all given. */
export const variantOf =
  <A>(variants: readonly Variant<A>[]): Read<A> =>
  (field) => {
    const tag = member(field, "type");
    if (isAbsent(tag)) return untagged(field, variants)(field);
    const type = string(tag);
    const found = variants.find((variant) => variant.type === type);
    const names = variants.map((variant) => variant.type).join(", ");
    if (found === undefined) throw wrong(tag, `must be one of ${names}`, described(type));
    return found.read(field);
  };
