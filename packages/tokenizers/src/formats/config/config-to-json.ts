import { type Json, jsonText } from "../json/json-text.ts";
import { addedTokenToJson } from "../tokenizer-json/added-tokens-json.ts";
import type { TokenizerConfig } from "./tokenizer-config.ts";

/** What the files say where a model has no limit. */
const noLimit = 1e30;

const templatesToJson = (templates: TokenizerConfig["chatTemplates"]): Json => {
  const [only] = templates;
  if (templates.size === 1 && only?.[0] === "default") return only[1];
  return Array.from(templates, ([name, template]) => ({ name, template }));
};

/** A configuration as the texts of `tokenizer_config.json` and `special_tokens_map.json`, for `tokenizerConfigFromJson`. */
export const tokenizerConfigToJson = (
  config: TokenizerConfig,
): { readonly tokenizerConfig: string; readonly specialTokensMap: string } => {
  const special: readonly (readonly [string, Json])[] = [
    ...config.specialTokens,
    ...(config.additionalSpecialTokens.length === 0
      ? []
      : [["additional_special_tokens", config.additionalSpecialTokens] as const]),
  ];
  const flags = [
    ["add_bos_token", config.addBosToken],
    ["add_eos_token", config.addEosToken],
  ] as const;
  const told = flags.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const entries: readonly (readonly [string, Json])[] = [
    [
      "added_tokens_decoder",
      new Map(config.addedTokens.map((t) => [String(t.id), addedTokenToJson(t)])),
    ],
    ...special,
    ...told,
    ...(config.chatTemplates.size === 0
      ? []
      : [["chat_template", templatesToJson(config.chatTemplates)] as const]),
    ["model_max_length", config.modelMaxLength ?? noLimit],
  ];
  return {
    tokenizerConfig: jsonText(new Map(entries)),
    specialTokensMap: jsonText(new Map(special)),
  };
};
