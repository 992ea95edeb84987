import type { KeySet } from "../key-set.ts";
import { wordsToBase64 } from "./base64.ts";

const WORDS = 4;

const sameKey = (table: Uint32Array, at: number, key: Int32Array): boolean =>
  table[at] === key[0]! >>> 0 &&
  table[at + 1] === key[1]! >>> 0 &&
  table[at + 2] === key[2]! >>> 0 &&
  table[at + 3] === key[3]! >>> 0;

const isEmpty = (table: Uint32Array, at: number): boolean =>
  table[at] === 0 && table[at + 1] === 0 && table[at + 2] === 0 && table[at + 3] === 0;

/** Where the key stands, or the empty slot that it would take. Keys are hashes already: their first word picks the slot. */
const slotOf = (table: Uint32Array, key: Int32Array): number => {
  const mask = table.length / WORDS - 1;
  let slot = key[0]! & mask;
  while (!isEmpty(table, slot * WORDS) && !sameKey(table, slot * WORDS, key)) {
    slot = (slot + 1) & mask;
  }
  return slot * WORDS;
};

const store = (table: Uint32Array, key: Int32Array): boolean => {
  const at = slotOf(table, key);
  if (!isEmpty(table, at)) return false;
  for (let i = 0; i < WORDS; i++) table[at + i] = key[i]!;
  return true;
};

const keysOf = (table: Uint32Array): Uint32Array => {
  const kept: number[] = [];
  for (let at = 0; at < table.length; at += WORDS) {
    if (!isEmpty(table, at)) for (let i = 0; i < WORDS; i++) kept.push(table[at + i]!);
  }
  return Uint32Array.from(kept);
};

const grown = (table: Uint32Array): Uint32Array => {
  const larger = new Uint32Array(table.length * 2);
  for (let at = 0; at < table.length; at += WORDS) {
    if (!isEmpty(table, at)) store(larger, new Int32Array(table.buffer, at * 4, WORDS));
  }
  return larger;
};

/** Every key of 128 bits, in 16 bytes each (at most 32 with the room to grow). The key of four zeros counts as present. */
export const keyTable = (keys: Uint32Array): KeySet => {
  let table: Uint32Array = new Uint32Array(64 * WORDS);
  let size = 0;
  const add = (key: Int32Array): boolean => {
    if (size * 2 * WORDS > table.length) table = grown(table);
    const isNew = store(table, key);
    if (isNew) size++;
    return isNew;
  };
  const saved = Int32Array.from(keys);
  for (let at = 0; at + WORDS <= saved.length; at += WORDS) add(saved.subarray(at, at + WORDS));
  return { add, state: () => wordsToBase64(keysOf(table)) };
};
