export { loadTokenizer, type TokenizerFolder } from "./load-tokenizer.ts";
export { saveTokenizer } from "./save-tokenizer.ts";
