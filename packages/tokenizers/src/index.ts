export type { Tokenizer } from "./tokenizer.ts";
export { charTokenizer, type CharTokenizer, trainCharTokenizer } from "./char/char-tokenizer.ts";
export { charTokenizerFromJson, charTokenizerToJson } from "./char/char-tokenizer-json.ts";
export type { Either } from "./either.ts";
export { TokenizerFormatError, UnknownCharacterError, UnknownTokenError } from "./errors.ts";
export { tokenizerFromJson, tokenizerToJson } from "./formats/tokenizer-json/tokenizer-json.ts";
export {
  tokenizerFromVocabMerges,
  tokenizerToVocabMerges,
  type VocabMergesFiles,
  type VocabMergesOptions,
} from "./formats/vocab-merges.ts";
export {
  tiktokenEncodings,
  type TiktokenEncoding,
  type TiktokenName,
} from "./formats/tiktoken-encodings.ts";
export { tokenizerFromTiktoken, tokenizerToTiktoken } from "./formats/tiktoken.ts";
export {
  tokenizerFromVocabTxt,
  tokenizerToVocabTxt,
  type VocabTxtOptions,
} from "./formats/vocab-txt.ts";
