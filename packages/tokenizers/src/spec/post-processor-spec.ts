/** A piece of a template: a special token by name, or the first ("A") or second ("B") text. */
export type TemplatePiece =
  | { readonly specialToken: string; readonly typeId: number }
  | { readonly sequence: "A" | "B"; readonly typeId: number };

/** A token with its id, such as `["[SEP]", 102]`. */
export type TokenAndId = readonly [token: string, id: number];

/** What is put around the tokens of a text or of a pair, as plain data. */
export type PostProcessorSpec =
  | {
      readonly type: "TemplateProcessing";
      readonly single: readonly TemplatePiece[];
      readonly pair: readonly TemplatePiece[];
      /** Name of a special token in the templates -> the tokens it stands for. */
      readonly specialTokens: ReadonlyMap<string, readonly TokenAndId[]>;
    }
  | { readonly type: "BertProcessing"; readonly sep: TokenAndId; readonly cls: TokenAndId }
  | {
      readonly type: "RobertaProcessing";
      readonly sep: TokenAndId;
      readonly cls: TokenAndId;
      readonly trimOffsets: boolean;
      readonly addPrefixSpace: boolean;
    }
  | {
      readonly type: "ByteLevel";
      readonly addPrefixSpace: boolean;
      readonly trimOffsets: boolean;
      readonly useRegex: boolean;
    }
  | { readonly type: "Sequence"; readonly processors: readonly PostProcessorSpec[] };
