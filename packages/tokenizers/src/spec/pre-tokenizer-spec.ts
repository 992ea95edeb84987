import type { PatternSpec, SplitBehavior } from "./pattern.ts";

/** Where Metaspace puts its mark at the start of a text. */
export type PrependScheme = "always" | "first" | "never";

/** How a text is cut into pieces that tokens never cross, as plain data. */
export type PreTokenizerSpec =
  | {
      readonly type: "ByteLevel";
      readonly addPrefixSpace: boolean;
      readonly trimOffsets: boolean;
      /** Whether it cuts with GPT-2's pattern, or takes pieces as they come. */
      readonly useRegex: boolean;
    }
  | {
      readonly type: "Metaspace";
      readonly replacement: string;
      readonly prependScheme: PrependScheme;
      readonly split: boolean;
    }
  | {
      readonly type: "Split";
      readonly pattern: PatternSpec;
      readonly behavior: SplitBehavior;
      readonly invert: boolean;
    }
  | { readonly type: "BertPreTokenizer" | "Whitespace" | "WhitespaceSplit" | "UnicodeScripts" }
  | { readonly type: "Digits"; readonly individualDigits: boolean }
  | { readonly type: "Punctuation"; readonly behavior: SplitBehavior }
  | { readonly type: "CharDelimiterSplit"; readonly delimiter: string }
  | { readonly type: "FixedLength"; readonly length: number }
  | { readonly type: "Sequence"; readonly preTokenizers: readonly PreTokenizerSpec[] };
