/**
 * How GPT-2 cuts text into words.
 * Source: https://github.com/openai/gpt-2/blob/master/src/encoder.py
 */
export const gpt2Pattern: string = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
