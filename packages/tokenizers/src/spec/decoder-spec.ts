import type { PatternSpec } from "./pattern.ts";
import type { PrependScheme } from "./pre-tokenizer-spec.ts";

/** How tokens become text again, as plain data. */
export type DecoderSpec =
  | { readonly type: "ByteLevel" | "ByteFallback" | "Fuse" }
  | { readonly type: "WordPiece"; readonly prefix: string; readonly cleanup: boolean }
  | {
      readonly type: "Metaspace";
      readonly replacement: string;
      readonly prependScheme: PrependScheme;
      readonly split: boolean;
    }
  | { readonly type: "BPEDecoder"; readonly suffix: string }
  | {
      readonly type: "CTC";
      readonly padToken: string;
      readonly wordDelimiterToken: string;
      readonly cleanup: boolean;
    }
  | { readonly type: "Replace"; readonly pattern: PatternSpec; readonly content: string }
  | {
      readonly type: "Strip";
      readonly content: string;
      readonly start: number;
      readonly stop: number;
    }
  | { readonly type: "Sequence"; readonly decoders: readonly DecoderSpec[] };
