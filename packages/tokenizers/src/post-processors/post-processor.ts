import { ArgumentError } from "@adjoint/core";
import type { PostProcessorSpec, TemplatePiece, TokenAndId } from "../spec/post-processor-spec.ts";
import {
  barePair,
  bareSingle,
  type Layout,
  type LayoutPart,
  type PostProcessor,
} from "./layout.ts";

const none: PostProcessor = { single: bareSingle, pair: barePair, trims: [] };

const complain = (rule: string, got: string): never => {
  throw new ArgumentError({ operation: "textTokenizer", rule, got });
};

const templatePart = (
  piece: TemplatePiece,
  specialTokens: ReadonlyMap<string, readonly TokenAndId[]>,
): LayoutPart => {
  if ("sequence" in piece)
    return { sequence: piece.sequence === "A" ? 0 : 1, typeId: piece.typeId };
  const tokens =
    specialTokens.get(piece.specialToken) ??
    complain("a template must name tokens of specialTokens", JSON.stringify(piece.specialToken));
  return { tokens, typeId: piece.typeId };
};

const template = (spec: PostProcessorSpec & { type: "TemplateProcessing" }): PostProcessor => {
  const layout = (pieces: readonly TemplatePiece[]): Layout =>
    pieces.map((piece) => templatePart(piece, spec.specialTokens));
  const single = layout(spec.single);
  if (single.some((part) => "sequence" in part && part.sequence === 1))
    complain("the template for one text must not have $B", "$B");
  return { single, pair: layout(spec.pair), trims: [] };
};

const bert = (cls: TokenAndId, sep: TokenAndId): PostProcessor => {
  const single: Layout = [
    { tokens: [cls], typeId: 0 },
    { sequence: 0, typeId: 0 },
    { tokens: [sep], typeId: 0 },
  ];
  const second: Layout = [
    { sequence: 1, typeId: 1 },
    { tokens: [sep], typeId: 1 },
  ];
  return { single, pair: [...single, ...second], trims: [] };
};

const roberta = (spec: PostProcessorSpec & { type: "RobertaProcessing" }): PostProcessor => {
  const around = (sequence: 0 | 1, before: TokenAndId): Layout => [
    { tokens: [before], typeId: 0 },
    { sequence, typeId: 0 },
    { tokens: [spec.sep], typeId: 0 },
  ];
  const single = around(0, spec.cls);
  return {
    single,
    pair: [...single, ...around(1, spec.sep)],
    trims: spec.trimOffsets ? [spec.addPrefixSpace] : [],
  };
};

const sequence = (processors: readonly PostProcessor[]): PostProcessor => {
  const laying = processors.filter(({ single }) => single !== bareSingle);
  if (laying.length > 1)
    complain("at most one processor of a Sequence may put tokens around", `${laying.length}`);
  const { single, pair } = laying[0] ?? none;
  return { single, pair, trims: processors.flatMap(({ trims }) => trims) };
};

/** Prepares a post-processor. Throws ArgumentError for templates that name what is not there. */
export const postProcessorOf = (spec: PostProcessorSpec | undefined): PostProcessor => {
  if (spec === undefined) return none;
  switch (spec.type) {
    case "TemplateProcessing":
      return template(spec);
    case "BertProcessing":
      return bert(spec.cls, spec.sep);
    case "RobertaProcessing":
      return roberta(spec);
    case "ByteLevel":
      return { ...none, trims: spec.trimOffsets ? [spec.addPrefixSpace] : [] };
    case "Sequence":
      return sequence(spec.processors.map(postProcessorOf));
  }
};
