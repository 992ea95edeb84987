import { TokenizerFormatError } from "../errors.ts";

const complain = (rule: string, got: string): never => {
  throw new TokenizerFormatError({ operation: "read precompiled characters map", rule, got });
};

/** The units of a double-array trie and the texts that its values point into. */
type Blob = { readonly units: Uint32Array; readonly texts: Uint8Array };

const parse = (bytes: Uint8Array): Blob => {
  if (bytes.length < 4)
    complain("it must begin with the size of its trie", `${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(0, true);
  if (size % 4 !== 0 || size > bytes.length - 4)
    complain(`its trie must fit into ${bytes.length} bytes`, `a size of ${size}`);
  const units = Uint32Array.from({ length: size / 4 }, (_, index) =>
    view.getUint32(4 + 4 * index, true),
  );
  return { units, texts: bytes.subarray(4 + size) };
};

const offset = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);

/** Value of the shortest entry that `key` begins with. Source: common prefix search of darts-clone. */
const shortestPrefix = (units: Uint32Array, key: Uint8Array): number | undefined => {
  let place = offset(units[0] ?? 0);
  for (const byte of key) {
    if (byte === 0) return undefined;
    place ^= byte;
    const unit = units[place];
    if (unit === undefined || (unit & 0x800000ff) !== byte) return undefined;
    place ^= offset(unit);
    if ((unit & 0x100) !== 0) {
      const leaf = units[place];
      return leaf === undefined ? undefined : leaf & 0x7fffffff;
    }
  }
  return undefined;
};

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const largestCache = 20_000;

/**
 * Looks texts up in SentencePiece's `precompiled_charsmap`: the size of a trie, the trie, and texts that end with NUL.
 * Throws TokenizerFormatError for a size that lies; places outside the trie hold nothing.
 */
export const charactersMap = (bytes: Uint8Array): ((text: string) => string | undefined) => {
  const { units, texts } = parse(bytes);
  const seen = new Map<string, string | undefined>();
  const find = (text: string): string | undefined => {
    const start = shortestPrefix(units, encoder.encode(text));
    if (start === undefined || start > texts.length) return undefined;
    const end = texts.indexOf(0, start);
    return decoder.decode(texts.subarray(start, end < 0 ? texts.length : end));
  };
  return (text) => {
    const known = seen.get(text);
    if (known !== undefined || seen.has(text)) return known;
    const found = find(text);
    if (seen.size >= largestCache) seen.clear();
    seen.set(text, found);
    return found;
  };
};
