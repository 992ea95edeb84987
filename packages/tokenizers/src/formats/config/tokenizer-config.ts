import type { AddedToken } from "../../spec/added-token.ts";

/** What lies beside a tokenizer: names of special tokens, chat templates, what models of it take. */
export type TokenizerConfig = {
  /** Special tokens by name, such as `bos_token` -> `<s>`; chat templates take them as variables. */
  readonly specialTokens: ReadonlyMap<string, string>;
  /** Special tokens without a name. */
  readonly additionalSpecialTokens: readonly string[];
  /** Chat templates by name; most models have one, `default`. */
  readonly chatTemplates: ReadonlyMap<string, string>;
  /** Tokens that are added to the model's, with their ids. */
  readonly addedTokens: readonly AddedToken[];
  /** Whether the beginning (end) token is put around every text; undefined where the files do not say. */
  readonly addBosToken: boolean | undefined;
  readonly addEosToken: boolean | undefined;
  /** How many tokens the model takes; undefined for no limit. */
  readonly modelMaxLength: number | undefined;
};

/** The files that a configuration is spread over; all but the first came later or went out of use. */
export type TokenizerConfigFiles = {
  /** `tokenizer_config.json`. */
  readonly tokenizerConfig?: string | undefined;
  /** `special_tokens_map.json`. */
  readonly specialTokensMap?: string | undefined;
  /** `added_tokens.json`. */
  readonly addedTokens?: string | undefined;
  /** `chat_template.jinja`. */
  readonly chatTemplate?: string | undefined;
};
