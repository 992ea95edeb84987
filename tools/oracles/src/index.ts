export { corpus, pieces, type Source } from "./corpus/corpus.ts";
export { noise } from "./corpus/noise.ts";
export { sample } from "./corpus/sample.ts";
export { inUnits, rustTokenizer } from "./oracles/rust.ts";
export { bertVocabTxt } from "./vocabularies/bert.ts";
export { qwen3Config, qwen3Json } from "./vocabularies/qwen3.ts";
export { rankFile } from "./vocabularies/tiktoken.ts";
export { vocabularies, type VocabularyName } from "./vocabularies/vocabularies.ts";
