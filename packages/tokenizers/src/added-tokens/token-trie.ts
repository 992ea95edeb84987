/** A node of a trie over UTF-16 units. */
type Node<T> = { value: T | undefined; readonly next: Map<number, Node<T>> };

const node = <T>(): Node<T> => ({ value: undefined, next: new Map() });

/** Texts to look for, all at once. */
export type TokenTrie<T> = {
  /** The first match from `from` on, the longest of those that start there: [start, end, value]. */
  readonly find: (text: string, from: number) => readonly [number, number, T] | undefined;
};

/** Prepares the search for `entries`; of equal texts the first counts, and empty texts do not. */
export const tokenTrie = <T>(entries: Iterable<readonly [string, T]>): TokenTrie<T> => {
  const root = node<T>();
  const starts = new Uint8Array(0x10000);
  for (const [text, value] of entries) {
    let place = root;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      const next = place.next.get(unit) ?? node<T>();
      place.next.set(unit, next);
      place = next;
    }
    if (place !== root) place.value ??= value;
    if (place !== root) starts[text.charCodeAt(0)] = 1;
  }
  const longestAt = (text: string, start: number): readonly [number, number, T] | undefined => {
    let found: readonly [number, number, T] | undefined;
    let place: Node<T> | undefined = root;
    for (let at = start; at < text.length;) {
      place = place.next.get(text.charCodeAt(at++));
      if (place === undefined) break;
      if (place.value !== undefined) found = [start, at, place.value];
    }
    return found;
  };
  return {
    find: (text, from) => {
      for (let at = from; at < text.length; at++) {
        if (starts[text.charCodeAt(at)] === 0) continue;
        const found = longestAt(text, at);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
};
