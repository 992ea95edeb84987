import { cl100kScanner } from "./cl100k-scanner.ts";
import { gpt2Scanner } from "./gpt2-scanner.ts";
import { o200kScanner } from "./o200k-scanner.ts";
import type { Scanner } from "./scanner.ts";

const short = "'s|'t|'re|'ve|'m|'ll|'d";
const end = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const word = String.raw`[^\r\n\p{L}\p{N}]?`;
const [upper, lower] = [
  String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`,
  String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`,
];
const cl100k = (start: string, digits: string): string =>
  String.raw`${start}|${word}\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|${end}`;

const known: ReadonlyMap<string, Scanner> = new Map([
  [String.raw`${short}| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, gpt2Scanner],
  [
    String.raw`'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
    gpt2Scanner,
  ],
  [
    String.raw`'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s`,
    gpt2Scanner,
  ],
  [cl100k(`(?i:${short})`, String.raw`\p{N}{1,3}`), cl100kScanner(3, false)],
  [cl100k(`(?i:${short})`, String.raw`\p{N}{1,2}`), cl100kScanner(2, false)],
  [cl100k(`(?i:${short})`, String.raw`\p{N}`), cl100kScanner(1, false)],
  [
    String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s`,
    cl100kScanner(3, true),
  ],
  [
    String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`,
    cl100kScanner(3, false),
  ],
  [
    String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`,
    cl100kScanner(2, false),
  ],
  [
    String.raw`${word}${upper}*${lower}+(?i:${short})?|${word}${upper}+${lower}*(?i:${short})?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|${end}`,
    o200kScanner,
  ],
]);

/**
 * The scanner of a well-known split pattern (GPT-2, cl100k, Llama 3, Qwen 2 and 3, rustbpe, o200k); undefined for
 * others, which need a regular expression.
 */
export const scannerOf = (regex: string): Scanner | undefined => known.get(regex);
