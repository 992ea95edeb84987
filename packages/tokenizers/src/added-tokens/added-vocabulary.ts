import { rustWord, space } from "../regex/character-classes.ts";
import type { AddedToken } from "../spec/added-token.ts";
import { type TokenTrie, tokenTrie } from "./token-trie.ts";

/** Takes a part of a text: an added token, or (undefined) ordinary text. */
export type VisitSection = (start: number, end: number, token: AddedToken | undefined) => void;

/** Finds added tokens in a text. `skipSpecial` leaves special ones as ordinary text. */
export type FindAdded = (text: string, skipSpecial: boolean, visit: VisitSection) => void;

/** The added tokens of a tokenizer, ready to be found. */
export type AddedVocabulary = {
  readonly byContent: ReadonlyMap<string, AddedToken>;
  /** Id to what decoders get: the normalized content where the token is found in normalized text. */
  readonly textOf: ReadonlyMap<number, string>;
  readonly byId: ReadonlyMap<number, AddedToken>;
  readonly special: ReadonlySet<string>;
  /** In the text as it came; undefined if there is nothing to find. */
  readonly findRaw: FindAdded | undefined;
  /** In the normalized text. */
  readonly findNormalized: FindAdded | undefined;
};

const wordAtEnd = new RegExp(`[${rustWord}]$`, "u");
const wordAtStart = new RegExp(`^[${rustWord}]`, "u");
const whiteSpace = new RegExp(`[${space}]`, "u");

const isWordBefore = (text: string, at: number): boolean =>
  wordAtEnd.test(text.slice(Math.max(0, at - 2), at));

const isWordAfter = (text: string, at: number): boolean => wordAtStart.test(text.slice(at, at + 2));

const startOfSpace = (text: string, end: number): number => {
  let at = end;
  while (at > 0 && whiteSpace.test(text.charAt(at - 1))) at--;
  return at;
};

const endOfSpace = (text: string, start: number): number => {
  let at = start;
  while (at < text.length && whiteSpace.test(text.charAt(at))) at++;
  return at;
};

const finder =
  (trie: TokenTrie<AddedToken>): FindAdded =>
  (text, skipSpecial, visit) => {
    let done = 0;
    for (let found = trie.find(text, 0); found !== undefined;) {
      const [start, end, token] = found;
      found = undefined;
      const skipped =
        (skipSpecial && token.special) ||
        (token.singleWord && (isWordBefore(text, start) || isWordAfter(text, end)));
      if (!skipped) {
        const from = token.lstrip ? Math.max(startOfSpace(text, start), done) : start;
        const to = token.rstrip ? endOfSpace(text, end) : end;
        if (done < from) visit(done, from, undefined);
        visit(from, to, token);
        done = to;
      }
      found = trie.find(text, end);
    }
    if (done < text.length) visit(done, text.length, undefined);
  };

const finderOf = (entries: readonly (readonly [string, AddedToken])[]): FindAdded | undefined =>
  entries.length === 0 ? undefined : finder(tokenTrie(entries));

/** Prepares added tokens; `normalize` is what the text goes through. Of tokens with one content or id the last counts. */
export const addedVocabulary = (
  tokens: readonly AddedToken[],
  normalize: (text: string) => string,
): AddedVocabulary => {
  const kept = tokens.filter(({ content }) => content !== "");
  const byContent = new Map(kept.map((token) => [token.content, token]));
  const byId = new Map(kept.map((token) => [token.id, token]));
  const textOf = new Map(
    [...byId].map(([id, { content, normalized }]) => [
      id,
      normalized ? normalize(content) : content,
    ]),
  );
  const entries = (normalized: boolean): readonly (readonly [string, AddedToken])[] =>
    [...byId]
      .filter(([, token]) => token.normalized === normalized)
      .map(([id, token]) => [textOf.get(id) ?? token.content, token] as const);
  return {
    byContent,
    byId,
    textOf,
    special: new Set(kept.filter(({ special }) => special).map(({ content }) => content)),
    findRaw: finderOf(entries(false)),
    findNormalized: finderOf(entries(true)),
  };
};
