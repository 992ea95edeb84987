import type { PatternSpec } from "./pattern.ts";

/** A change to the text before it is split, as plain data; names and fields follow the tokenizer.json format. */
export type NormalizerSpec =
  | { readonly type: "NFC" | "NFD" | "NFKC" | "NFKD" }
  | { readonly type: "Lowercase" | "StripAccents" | "Nmt" | "ByteLevel" }
  | {
      readonly type: "Bert";
      readonly cleanText: boolean;
      readonly handleChineseChars: boolean;
      /** Undefined follows `lowercase`, as the original BERT does. */
      readonly stripAccents: boolean | undefined;
      readonly lowercase: boolean;
    }
  | { readonly type: "Replace"; readonly pattern: PatternSpec; readonly content: string }
  | { readonly type: "Prepend"; readonly prepend: string }
  | { readonly type: "Strip"; readonly left: boolean; readonly right: boolean }
  | { readonly type: "Precompiled"; readonly charsmap: Uint8Array }
  | { readonly type: "Sequence"; readonly normalizers: readonly NormalizerSpec[] };
