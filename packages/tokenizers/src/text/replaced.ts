import type { AlignedText } from "./aligned-text.ts";
import { type Finder, literalFinder } from "./matches.ts";
import { rewriter } from "./rewriter.ts";

/** A text of the same length, unit for unit. */
export const withText = (source: AlignedText, text: string): AlignedText =>
  text === source.text ? source : { ...source, text };

const isOneUnit = (text: string): boolean => /^[^\ud800-\udfff]$/.test(text);

/** A text with each `literal` replaced by `content`, as `replaced` does; faster where nothing but the text counts. */
export const literalReplaced = (
  source: AlignedText,
  literal: string,
  content: string,
): AlignedText => {
  if (source.tracked && !(isOneUnit(literal) && isOneUnit(content)))
    return replaced(source, literalFinder(literal), content);
  // a function would be slower; "$$" is what stands for "$"
  return withText(source, source.text.replaceAll(literal, content.replaceAll("$", "$$$$")));
};

/** A text with each match replaced by `content`, which stands for the last character of the match. */
export const replaced = (source: AlignedText, find: Finder, content: string): AlignedText => {
  const { text } = source;
  const ranges: number[] = [];
  let sameWidth = isOneUnit(content);
  find(text, (start, end, isMatch) => {
    if (!isMatch) return;
    ranges.push(start, end);
    sameWidth &&= isOneUnit(text.slice(start, end));
  });
  if (ranges.length === 0) return source;
  if (sameWidth) return withText(source, substituted(text, ranges, content));
  const out = rewriter(source);
  for (let at = 0; at < ranges.length; at += 2) {
    const [start = 0, end = 0] = [ranges[at], ranges[at + 1]];
    out.copy(start);
    out.skip(end - start);
    out.insert(content);
  }
  out.copy(text.length);
  return out.finish();
};

const substituted = (text: string, ranges: readonly number[], content: string): string => {
  let out = "";
  let previous = 0;
  for (let at = 0; at < ranges.length; at += 2) {
    const [start = 0, end = 0] = [ranges[at], ranges[at + 1]];
    out += text.slice(previous, start) + content;
    previous = end;
  }
  return out + text.slice(previous);
};
