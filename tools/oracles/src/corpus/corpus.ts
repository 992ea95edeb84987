import { code } from "./code.ts";
import { emoji } from "./emoji.ts";
import { names } from "./names.ts";
import { noise } from "./noise.ts";
import { plays } from "./plays.ts";
import { poems } from "./poems.ts";

/** A text of one kind. */
export type Source = { readonly name: string; readonly text: string };

/** More than 5 MB of mixed text; the sources and their licences are in the README. */
export const corpus = (): readonly Source[] => [
  { name: "code", text: code() },
  { name: "plays", text: plays() },
  { name: "poems", text: poems() },
  { name: "names", text: names() },
  { name: "emoji", text: emoji() },
  { name: "noise", text: noise(120_000, 1) },
];

/** A text in pieces of about `size` UTF-16 units, cut anywhere, within words and characters too. */
export const pieces = (text: string, size: number): readonly string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
    text.slice(i * size, (i + 1) * size),
  );
