import { type Either, left, right } from "@adjoint/core/either";
import { TokenizerFormatError } from "../../errors.ts";
import type { ModelSpec } from "../../spec/model-spec.ts";
import type { NormalizerSpec } from "../../spec/normalizer-spec.ts";
import type { TokenizerSpec } from "../../spec/tokenizer-spec.ts";
import { joinOf } from "../merges.ts";
import type {
  SentencePiece,
  SentencePieceModel,
  SentencePieceNormalizer,
  SentencePieceType,
} from "./model.ts";

const mark = "▁";

const unsayable = (rule: string, got: string): Either<TokenizerFormatError, never> =>
  left(
    new TokenizerFormatError({
      operation: "sentencePieceOfTokenizer",
      rule,
      got,
      fix: "save it with tokenizerToJson",
    }),
  );

const stepsOf = (normalizer: NormalizerSpec | undefined): readonly NormalizerSpec[] => {
  if (normalizer === undefined) return [];
  return normalizer.type === "Sequence" ? normalizer.normalizers.flatMap(stepsOf) : [normalizer];
};

const isReplace = (step: NormalizerSpec, regex: string): boolean =>
  step.type === "Replace" && "regex" in step.pattern && step.pattern.regex.includes(regex);

/** What SentencePiece has a switch for, told by the step that stands for it. */
type Switch = "charsmap" | "extra" | "suffix" | "prefix" | "escape";

const switchOf = (step: NormalizerSpec): Switch | undefined => {
  if (step.type === "Precompiled") return "charsmap";
  if (step.type === "Prepend" && step.prepend === mark) return "prefix";
  if (isReplace(step, String.raw`(?<=[\s\S])`)) return "suffix";
  if (isReplace(step, " {2,}") || isReplace(step, String.raw` (?![\s\S])`)) return "extra";
  const isEscape = step.type === "Replace" && "text" in step.pattern && step.pattern.text === " ";
  return isEscape && step.content === mark ? "escape" : undefined;
};

type Normalizing = Pick<SentencePieceModel, "normalizer" | "whitespaceAsSuffix">;

const normalizingOf = (spec: TokenizerSpec): Either<TokenizerFormatError, Normalizing> => {
  const steps = stepsOf(spec.normalizer);
  const bad = steps.find((step) => switchOf(step) === undefined);
  if (bad !== undefined)
    return unsayable("SentencePiece normalizes with a precompiled table and spaces only", bad.type);
  const switches = new Set(steps.map(switchOf));
  const pre = spec.preTokenizer;
  if (pre !== undefined && (pre.type !== "Metaspace" || pre.replacement !== mark))
    return unsayable("SentencePiece cuts at spaces only", pre.type);
  const table = steps.find((step) => step.type === "Precompiled");
  const prepends = pre !== undefined && pre.prependScheme !== "never";
  const normalizer: SentencePieceNormalizer = {
    name: table === undefined ? "identity" : "user_defined",
    charsmap: table?.charsmap ?? new Uint8Array(),
    addDummyPrefix: switches.has("prefix") || switches.has("suffix") || prepends,
    removeExtraWhitespaces: switches.has("extra"),
    escapeWhitespaces: switches.has("escape") || pre !== undefined,
  };
  return right({ normalizer, whitespaceAsSuffix: switches.has("suffix") });
};

const isByte = (piece: string): boolean => /^<0x[0-9A-F]{2}>$/.test(piece);

const typeOf = (
  spec: TokenizerSpec,
  unkId: number,
): ((piece: string, id: number) => SentencePieceType) => {
  const added = new Map(spec.addedTokens.map((token) => [token.id, token]));
  const bytes = "byteFallback" in spec.model && spec.model.byteFallback;
  return (piece, id) => {
    if (id === unkId) return "unknown";
    const token = added.get(id);
    if (token !== undefined) return token.special ? "control" : "userDefined";
    return bytes && isByte(piece) ? "byte" : "normal";
  };
};

/** Scores of merges: minus their rank. Single characters come after all merges, as SentencePiece has them. */
const scoresOf = (model: ModelSpec): ((piece: string) => number) => {
  if (model.type !== "BPE" || model.merges === "ranks") return () => 0;
  const scores = new Map<string, number>();
  for (const [rank, merge] of model.merges.entries()) {
    const join = joinOf(merge, undefined);
    if (!scores.has(join)) scores.set(join, -rank);
  }
  const count = model.merges.length;
  return (piece) => scores.get(piece) ?? -count;
};

type Vocabulary = {
  readonly unkId: number;
  readonly pieces: readonly (readonly [string, number])[];
};

const vocabularyOf = ({ model }: TokenizerSpec): Vocabulary | undefined => {
  if (model.type === "Unigram")
    return model.unkId === undefined ? undefined : { unkId: model.unkId, pieces: model.pieces };
  if (model.type !== "BPE" || model.merges === "ranks" || model.unkToken === undefined)
    return undefined;
  const scoreOf = scoresOf(model);
  const pieces = [...model.vocab].toSorted((a, b) => a[1] - b[1]);
  if (pieces.some(([, id], i) => id !== i)) return undefined;
  return {
    unkId: model.vocab.get(model.unkToken) ?? 0,
    pieces: pieces.map(([piece]) => [piece, scoreOf(piece)]),
  };
};

const idOf = (spec: TokenizerSpec, names: readonly string[]): number =>
  spec.addedTokens.find((token) => token.special && names.includes(token.content))?.id ?? -1;

/**
 * The SentencePiece model that gives the same tokens, or why there is none: it has to be a unigram model, or a BPE whose
 * merges come from pieces and scores, with an unknown token, over text that is changed by a precompiled table and spaces
 * only. Write it with `sentencePieceToBytes`.
 */
export const sentencePieceOfTokenizer = (
  spec: TokenizerSpec,
): Either<TokenizerFormatError, SentencePieceModel> => {
  const normalizing = normalizingOf(spec);
  if (normalizing._tag === "Left") return normalizing;
  const vocabulary = vocabularyOf(spec);
  if (vocabulary === undefined)
    return unsayable(
      "SentencePiece has unigram and BPE models with an unknown piece and ids without holes",
      spec.model.type,
    );
  const { unkId, pieces } = vocabulary;
  const type = typeOf(spec, unkId);
  const typed: readonly SentencePiece[] = pieces.map(([piece, score], id) => {
    const kind = type(piece, id);
    return { piece, score: kind === "normal" ? score : 0, type: kind };
  });
  const none = new Uint8Array();
  return right({
    algorithm: spec.model.type === "BPE" ? "bpe" : "unigram",
    pieces: typed,
    byteFallback: "byteFallback" in spec.model && spec.model.byteFallback,
    ...normalizing.right,
    unkId,
    bosId: idOf(spec, ["<s>", "<bos>"]),
    eosId: idOf(spec, ["</s>", "<eos>"]),
    padId: idOf(spec, ["<pad>"]),
    unkSurface: " ⁇ ",
    rest: { trainer: none, normalizer: none, model: none },
  });
};
