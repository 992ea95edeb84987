import type { HtmlBlock } from "./html-block.ts";

// The idea of jusText (https://corpora.fi.muni.cz/cs/justext, Pomikálek 2011): long text with few links is content, what is mostly links is
// not, and short pieces go with their neighbours. No stop-word lists, so it is the same for every language.

const LONG = 80;
const SHORT = 10;
const MAX_LINKS = 0.5;
const FEW_LINKS = 0.25;

/** Han, kana, hangul and Thai say in one character what takes two or three letters. */
const weight = (text: string): number =>
  text.length +
  1.5 *
    (text.match(
      /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu,
    )?.length ?? 0);

type Verdict = "content" | "noise" | "unsure";

const judge = (block: HtmlBlock): Verdict => {
  if (block.boilerplate) return "noise";
  if (block.kind === "preformatted") return "content";
  const links = block.length === 0 ? 0 : block.linked / block.length;
  if (links > MAX_LINKS) return "noise";
  if (weight(block.text) >= LONG && links <= FEW_LINKS) return "content";
  return "unsure";
};

/** The nearest sure verdict before or after each block, boilerplate between them left out. */
const neighbours = (verdicts: readonly Verdict[]): readonly Verdict[] => {
  let last: Verdict = "unsure";
  return verdicts.map((verdict) => {
    const before = last;
    if (verdict !== "unsure") last = verdict;
    return before;
  });
};

type Surroundings = {
  readonly before: Verdict;
  readonly after: Verdict;
  /** Whether the block right before is a heading that stays. */
  readonly underHeading: boolean;
};

const isSentence = (text: string): boolean =>
  text.length > SHORT && /[\p{Sentence_Terminal}…:][\p{Pe}\p{Pf}"']*$/u.test(text.slice(-8));

const decide = (
  block: HtmlBlock,
  verdict: Verdict,
  { before, after, underHeading }: Surroundings,
): boolean => {
  if (verdict !== "unsure") return verdict === "content";
  // A heading belongs to what follows, and the author and date belong to the heading.
  if (block.kind === "heading") return after === "content";
  if (after === "content" && (before === "content" || underHeading)) return true;
  // A first or last sentence stays when it looks like one; a stray word does not.
  const beside = before === "content" || after === "content";
  return beside && (isSentence(block.text) || block.kind === "item" || block.kind === "row");
};

/** The blocks that are content; all of them when none is for sure, as on a page of nothing but short lines. */
export const mainBlocks = (blocks: readonly HtmlBlock[]): readonly HtmlBlock[] => {
  const visible = blocks.filter(({ boilerplate }) => !boilerplate);
  const marked = visible.filter(({ main }) => main);
  const markedLength = marked.reduce((sum, { length }) => sum + length, 0);
  const candidates = markedLength >= 2 * LONG ? marked : visible;
  const verdicts = candidates.map(judge);
  if (!verdicts.includes("content")) return visible.length > 0 ? visible : blocks;
  const before = neighbours(verdicts);
  const after = neighbours(verdicts.toReversed()).toReversed();
  let underHeading = false;
  return candidates.filter((block, i) => {
    const around = { before: before[i] ?? "unsure", after: after[i] ?? "unsure", underHeading };
    const keep = decide(block, verdicts[i] ?? "unsure", around);
    underHeading = keep && block.kind === "heading";
    return keep;
  });
};
