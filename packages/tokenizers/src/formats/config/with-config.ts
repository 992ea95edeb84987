import type {
  PostProcessorSpec,
  TemplatePiece,
  TokenAndId,
} from "../../spec/post-processor-spec.ts";
import type { TokenizerSpec } from "../../spec/tokenizer-spec.ts";
import type { TokenizerConfig } from "./tokenizer-config.ts";

const idIn = (spec: TokenizerSpec, token: string): number | undefined => {
  const added = spec.addedTokens.find(({ content }) => content === token);
  if (added !== undefined) return added.id;
  if (spec.model.type !== "Unigram") return spec.model.vocab.get(token);
  const id = spec.model.pieces.findIndex(([piece]) => piece === token);
  return id < 0 ? undefined : id;
};

const around = (
  bos: TokenAndId | undefined,
  eos: TokenAndId | undefined,
): PostProcessorSpec | undefined => {
  const tokens = [bos, eos].filter((token) => token !== undefined);
  if (tokens.length === 0) return undefined;
  const piece = (token: TokenAndId | undefined, typeId: number): readonly TemplatePiece[] =>
    token === undefined ? [] : [{ specialToken: token[0], typeId }];
  const text = (sequence: "A" | "B", typeId: number): readonly TemplatePiece[] => [
    ...piece(bos, typeId),
    { sequence, typeId },
    ...piece(eos, typeId),
  ];
  return {
    type: "TemplateProcessing",
    single: text("A", 0),
    pair: [...text("A", 0), ...text("B", 1)],
    specialTokens: new Map(tokens.map((token) => [token[0], [token]])),
  };
};

/**
 * The tokenizer with what its configuration adds: tokens that it lacks, and, where it puts nothing around a text yet, the
 * beginning and end tokens that the configuration asks for. A `tokenizer.json` has all of that; other files do not.
 */
export const withTokenizerConfig = (
  spec: TokenizerSpec,
  config: TokenizerConfig,
): TokenizerSpec => {
  const known = new Set(spec.addedTokens.flatMap(({ id, content }) => [id, content]));
  const missing = config.addedTokens.filter(
    ({ id, content }) => !known.has(id) && !known.has(content),
  );
  const full = { ...spec, addedTokens: [...spec.addedTokens, ...missing] };
  const named = (name: string, wanted: boolean | undefined): TokenAndId | undefined => {
    const token = wanted === true ? config.specialTokens.get(name) : undefined;
    const id = token === undefined ? undefined : idIn(full, token);
    return token === undefined || id === undefined ? undefined : [token, id];
  };
  return {
    ...full,
    postProcessor:
      spec.postProcessor ??
      around(named("bos_token", config.addBosToken), named("eos_token", config.addEosToken)),
  };
};
