import type { Either } from "@adjoint/core/either";
import type { TokenizerFormatError } from "../../errors.ts";
import type { AddedToken } from "../../spec/added-token.ts";
import { child, type Field, rootField, wrong } from "../json/field.ts";
import { parseJson } from "../json/parse-json.ts";
import {
  boolean,
  count,
  entriesOf,
  has,
  isAbsent,
  itemsOf,
  member,
  number,
  optional,
  orElse,
  string,
} from "../json/read.ts";
import { reading } from "../reading.ts";
import { specialToken } from "../../spec/special-token.ts";
import { addedTokenOf } from "../tokenizer-json/added-tokens-json.ts";
import type { TokenizerConfig, TokenizerConfigFiles } from "./tokenizer-config.ts";

const operation = "tokenizerConfigFromJson";

/** The names that special tokens go by. */
const names = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"].map((name) => `${name}_token`);

/** A token: its text, or a record with more about it. */
const content = (field: Field): string =>
  typeof field.value === "string" ? field.value : string(member(field, "content"));

const namedTokens = (document: Field): readonly (readonly [string, string])[] =>
  entriesOf(document).flatMap(([name, value]) => {
    const field = child(document, name, value);
    const isNamed = names.includes(name) || (name.endsWith("_token") && has(field, "content"));
    return isNamed && !isAbsent(field) ? [[name, content(field)] as const] : [];
  });

const additional = (document: Field): readonly string[] =>
  ["additional_special_tokens", "extra_special_tokens"].flatMap((name) => {
    const field = member(document, name);
    return Array.isArray(field.value) ? itemsOf(field).map(content) : [];
  });

const chatTemplates = (document: Field): readonly (readonly [string, string])[] => {
  const field = member(document, "chat_template");
  if (isAbsent(field)) return [];
  if (typeof field.value === "string") return [["default", field.value]];
  return itemsOf(field).map(
    (item) => [string(member(item, "name")), string(member(item, "template"))] as const,
  );
};

const addedTokensDecoder = (document: Field): readonly AddedToken[] => {
  const field = member(document, "added_tokens_decoder");
  if (isAbsent(field)) return [];
  return entriesOf(field).map(([key, value]) => {
    const item = child(field, key, value);
    if (!/^\d{1,10}$/.test(key))
      throw wrong(item, "must have an id for its key", JSON.stringify(key));
    return addedTokenOf(item, count({ ...item, value: Number(key) }));
  });
};

/** `added_tokens.json` says nothing but ids; Hugging Face's tokenizers take such tokens for special where they are named so. */
const plainAddedTokens = (document: Field, special: ReadonlySet<string>): readonly AddedToken[] =>
  entriesOf(document).map(([token, id]) => {
    const added = specialToken(token, count(child(document, token, id)));
    return special.has(token) ? added : { ...added, special: false, normalized: true };
  });

/** Files without a limit write a number far beyond any. */
const maxLength = (field: Field): number | undefined => {
  const length = optional(number)(field);
  return length === undefined || length > Number.MAX_SAFE_INTEGER ? undefined : length;
};

const documentOf = (text: string | undefined, name: string): Field =>
  rootField(`${operation}: ${name}`, text === undefined ? {} : parseJson(operation, text));

const byId = (tokens: readonly AddedToken[]): readonly AddedToken[] => {
  const found = new Map<number, AddedToken>();
  for (const token of tokens) if (!found.has(token.id)) found.set(token.id, token);
  return [...found.values()].toSorted((a, b) => a.id - b.id);
};

/**
 * What `tokenizer_config.json` and the files beside it say, or what is wrong with them and where.
 *
 * ```ts doctest
 * import { tokenizerConfigFromJson } from "@adjoint/tokenizers";
 * const config = tokenizerConfigFromJson({ tokenizerConfig: `{"eos_token": {"content": "</s>"}}` });
 * if (config._tag === "Left") throw config.left;
 * config.right.specialTokens.get("eos_token"); // => "</s>"
 * ```
 */
export const tokenizerConfigFromJson = (
  files: TokenizerConfigFiles,
): Either<TokenizerFormatError, TokenizerConfig> =>
  reading(() => {
    const config = documentOf(files.tokenizerConfig, "tokenizer_config.json");
    const map = documentOf(files.specialTokensMap, "special_tokens_map.json");
    const specialTokens = new Map([...namedTokens(map), ...namedTokens(config)]);
    const additionalSpecialTokens = [...new Set([...additional(config), ...additional(map)])];
    const special = new Set([...specialTokens.values(), ...additionalSpecialTokens]);
    const added = documentOf(files.addedTokens, "added_tokens.json");
    const alone =
      files.chatTemplate === undefined ? [] : [["default", files.chatTemplate] as const];
    const flag = optional(boolean);
    return {
      specialTokens,
      additionalSpecialTokens,
      chatTemplates: new Map([...chatTemplates(config), ...alone]),
      addedTokens: byId([...addedTokensDecoder(config), ...plainAddedTokens(added, special)]),
      addBosToken: flag(member(config, "add_bos_token")),
      addEosToken: flag(member(config, "add_eos_token")),
      modelMaxLength: orElse(undefined, maxLength)(member(config, "model_max_length")),
    };
  });
